import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

const MARGIN = 48; // pixels between the newest words and the window's end

interface Props {
  readonly text: string;
  readonly writing: boolean;
}

/** The story's text, as text. While it is being written the newest words stay in sight, unless the reader scrolled up. */
export function StoryText({ text, writing }: Props) {
  const end = useRef<HTMLSpanElement>(null);
  const { following, follow } = useFollowing(end, text, writing);
  return (
    <article class={`text ${writing ? "writing" : ""}`} aria-label="Story" aria-busy={writing}>
      {text}
      <span ref={end} class="end" aria-hidden="true" />
      {writing && !following && (
        <button type="button" class="follow" onClick={follow}>
          Go to the newest words
        </button>
      )}
    </article>
  );
}

function useFollowing(end: { current: HTMLElement | null }, text: string, writing: boolean) {
  const [following, setFollowing] = useState(true);
  useEffect(() => {
    if (!writing) return;
    // The reader's own movements only: what the text does to the window is no wish of theirs.
    const looked = () => requestAnimationFrame(() => setFollowing(isInSight(end.current)));
    const events = ["wheel", "touchmove", "keyup", "scrollend"] as const;
    for (const each of events) addEventListener(each, looked, { passive: true });
    return () => events.forEach((each) => removeEventListener(each, looked));
  }, [writing, end]);
  useLayoutEffect(() => {
    if (writing && following) showEnd(end.current);
  }, [text, writing, following, end]);
  return { following, follow: () => setFollowing(true) };
}

function isInSight(end: HTMLElement | null): boolean {
  return end === null || end.getBoundingClientRect().bottom <= innerHeight + MARGIN / 2;
}

function showEnd(end: HTMLElement | null): void {
  const below = (end?.getBoundingClientRect().bottom ?? 0) - (innerHeight - MARGIN);
  if (below > 0) scrollBy({ top: below, behavior: "instant" });
}
