import { useEffect, useRef } from "preact/hooks";

import { ConnectionNotice, ConnectionState } from "./parts/connection.tsx";
import { ActivityPage } from "./pages/activity.tsx";
import { CreatePage } from "./pages/create.tsx";
import { NotFoundPage } from "./pages/not_found.tsx";
import { StoriesPage } from "./pages/stories.tsx";
import { StoryPage } from "./pages/story.tsx";
import { type Route, useRoute } from "./route.ts";

export function App() {
  const route = useRoute();
  const key = route.page === "story" ? route.storyId : route.page;
  useFocusOnNavigation(key);
  return (
    <>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <header class="top">
        <a class="brand" href="/" aria-label="Storywire, first page">
          <img src="/icon.svg" alt="" width="24" height="24" />
          <span class="roomy">Storywire</span>
        </a>
        <nav aria-label="Pages">
          <a href="/" aria-label="New story" aria-current={route.page === "create" ? "page" : undefined}>
            New<span class="roomy"> story</span>
          </a>
          <a href="/stories" aria-current={route.page === "stories" ? "page" : undefined}>
            Stories
          </a>
          <a href="/activity" aria-current={route.page === "activity" ? "page" : undefined}>
            Activity
          </a>
        </nav>
        <ConnectionState />
      </header>
      <ConnectionNotice />
      <main id="main" key={key} tabIndex={-1}>
        <Page route={route} />
      </main>
    </>
  );
}

function Page({ route }: { route: Route }) {
  switch (route.page) {
    case "create":
      return <CreatePage />;
    case "stories":
      return <StoriesPage />;
    case "activity":
      return <ActivityPage />;
    case "story":
      return <StoryPage storyId={route.storyId} />;
    case "unknown":
      return <NotFoundPage what={`There is no page ${route.path}.`} />;
  }
}

/** Whoever goes to another page begins at its heading, with the keyboard and with the ear. */
function useFocusOnNavigation(key: string): void {
  const before = useRef(key);
  useEffect(() => {
    if (before.current === key) return;
    before.current = key;
    document.querySelector<HTMLElement>("main h1")?.focus();
  }, [key]);
}
