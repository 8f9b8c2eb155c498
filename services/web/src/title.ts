import { useEffect } from "preact/hooks";

/** Say in the browser's tab what the page is about. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title === "" ? "Storywire" : `${title} · Storywire`;
  }, [title]);
}
