import { useCallback, useEffect, useState } from "preact/hooks";

import { hasEnded, type Page, Refused, type StoryState } from "../../client/src/index.ts";
import { useClient, useWatch } from "../client.ts";
import { Alert } from "../parts/fault.tsx";
import { Bar } from "../parts/progress.tsx";
import { storyPath } from "../route.ts";
import { useTitle } from "../title.ts";
import { counted, day, happening, STATUS } from "../words.ts";

const LIMIT = 20;
const LOOK_AGAIN = 2_000; // milliseconds; only new stories need it: the states of those shown come by themselves

/** One's own stories, newest first. */
export function StoriesPage() {
  useTitle("Stories");
  const { stories, more, fault, older } = useStories();
  return (
    <>
      <h1 tabIndex={-1}>Stories</h1>
      {fault !== null && <Alert>{fault}</Alert>}
      {stories === null && fault === null && (
        <p class="quiet" role="status">
          Asking the gateway for them
        </p>
      )}
      {stories?.length === 0 && <Nothing />}
      {stories !== null && stories.length > 0 && (
        <ol class="stories">
          {stories.map((story) => (
            <li key={story.storyId}>{hasEnded(story) ? <Row story={story} /> : <LiveRow story={story} />}</li>
          ))}
        </ol>
      )}
      {more && (
        <button type="button" class="older" onClick={older}>
          Older stories
        </button>
      )}
    </>
  );
}

function Nothing() {
  return (
    <div class="nothing">
      <p>No stories yet.</p>
      <a class="button primary" href="/">
        Make the first one
      </a>
    </div>
  );
}

function LiveRow({ story }: { story: StoryState }) {
  return <Row story={useWatch(story.storyId).story ?? story} />;
}

function Row({ story }: { story: StoryState }) {
  const running = !hasEnded(story);
  return (
    <a class={`row ${story.status}`} href={storyPath(story.storyId)}>
      <span class="title">{story.title}</span>
      <span class="state">{running ? happening(story) : STATUS[story.status]}</span>
      <span class="about">{about(story)}</span>
      {running && <Bar progress={story.progress} label={happening(story)} />}
    </a>
  );
}

function about(story: StoryState): string {
  const words = story.generatedWordCount === null ? [] : [counted(story.generatedWordCount, "word")];
  return [day(story.createdAt), story.file.name, ...words].join(" · ");
}

function useStories() {
  const { gateway } = useClient();
  const [stories, setStories] = useState<readonly StoryState[] | null>(null);
  const [next, setNext] = useState<string | null>(); // undefined: nothing has been read; null: all has
  const [fault, setFault] = useState<string | null>(null);

  const read = useCallback(
    async (before?: string) => {
      try {
        const page = await gateway.stories(LIMIT, before);
        setStories((known) => merged(known ?? [], page, before));
        setNext((known) => (before !== undefined || known === undefined ? (page.next ?? null) : known));
        setFault(null);
      } catch (error) {
        setFault(error instanceof Refused ? error.fault.message : String(error));
      }
    },
    [gateway],
  );
  useEffect(() => {
    void read();
    const looking = setInterval(() => document.visibilityState === "visible" && void read(), LOOK_AGAIN);
    return () => clearInterval(looking);
  }, [read]);
  return { stories, fault, more: typeof next === "string", older: () => read(next ?? undefined) };
}

function order(story: StoryState): string {
  return story.createdAt + story.storyId;
}

/** What is known and the page just read, newest first. Of two states of a story the later one holds. */
function merged(known: readonly StoryState[], page: Page, before?: string): readonly StoryState[] {
  const oldest = page.stories.at(-1);
  // Known and not on a page that begins with the newest, though it reaches as far back: it has been deleted.
  const isThere = (story: StoryState) =>
    before !== undefined || (page.next !== undefined && oldest !== undefined && order(story) < order(oldest));
  const all = new Map(known.filter(isThere).map((story) => [story.storyId, story]));
  for (const story of page.stories) {
    const told = known.find((each) => each.storyId === story.storyId);
    all.set(story.storyId, told !== undefined && told.sequence > story.sequence ? told : story);
  }
  return [...all.values()].sort((one, other) => (order(one) < order(other) ? 1 : -1));
}
