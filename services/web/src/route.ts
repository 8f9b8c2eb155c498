import { useEffect, useState } from "preact/hooks";

export type Route =
  | { readonly page: "create" }
  | { readonly page: "stories" }
  | { readonly page: "activity" }
  | { readonly page: "story"; readonly storyId: string }
  | { readonly page: "unknown"; readonly path: string };

const GONE = "storywire:gone"; // to another page, on this one's own account

/** Which page a path means. */
export function routeOf(path: string): Route {
  const parts = path.split("/").filter(Boolean);
  if (parts.length === 0) return { page: "create" };
  if (parts[0] === "stories" && parts.length === 1) return { page: "stories" };
  if (parts[0] === "stories" && parts.length === 2) return { page: "story", storyId: parts[1]! };
  if (parts[0] === "activity" && parts.length === 1) return { page: "activity" };
  return { page: "unknown", path };
}

export function storyPath(storyId: string): string {
  return `/stories/${storyId}`;
}

/** Go to a page. */
export function go(path: string): void {
  history.pushState(null, "", path);
  dispatchEvent(new Event(GONE));
}

/** Where the reader is, whichever way they came. Links of the page are followed without loading it again. */
export function useRoute(): Route {
  const [path, setPath] = useState(location.pathname);
  useEffect(() => {
    const moved = () => setPath(location.pathname);
    addEventListener("popstate", moved);
    addEventListener(GONE, moved);
    document.addEventListener("click", follow);
    return () => {
      removeEventListener("popstate", moved);
      removeEventListener(GONE, moved);
      document.removeEventListener("click", follow);
    };
  }, []);
  return routeOf(path);
}

function follow(click: MouseEvent): void {
  const link = (click.target as Element).closest?.("a[href]") as HTMLAnchorElement | null;
  const modified = click.button !== 0 || click.metaKey || click.ctrlKey || click.shiftKey || click.altKey;
  if (link === null || modified || click.defaultPrevented) return;
  if (link.origin !== location.origin || link.target || link.download || link.hash) return;
  click.preventDefault();
  go(link.pathname + link.search);
  scrollTo(0, 0);
}
