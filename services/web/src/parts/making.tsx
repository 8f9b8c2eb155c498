import { useEffect, useRef } from "preact/hooks";

import { hasEnded, isDeletion, type StoryState } from "../../client/src/index.ts";
import { useWatch } from "../client.ts";
import { awaited as memory, type Awaited } from "../memory.ts";
import { go, storyPath } from "../route.ts";
import { useTitle } from "../title.ts";
import type { Faults } from "./create_form.tsx";
import { Alert } from "./fault.tsx";
import { Bar } from "./progress.tsx";
import { StoryBody } from "./story.tsx";

interface Props {
  readonly awaited: Awaited;
  /** Back to the form, with what was wrong where it was wrong. */
  readonly again: (why?: Faults) => void;
  /** It was finished while the reader was on another page. */
  readonly seen: () => void;
}

/** The story that was asked for, until it is finished; then on to its own page. */
export function Making({ awaited, again, seen }: Props) {
  const { story, events, live, fault } = useWatch(awaited.storyId);
  const heading = useRef<HTMLHeadingElement>(null);
  useTitle(story === null ? awaited.title : `${story.progress} % · ${story.title}`);
  useEffect(() => heading.current?.focus(), []);
  useEffect(() => {
    if (story === null) return;
    memory.write({ ...awaited, progress: story.progress, left: false });
    if (story.status === "complete") arrive(story, awaited, seen);
    const wrong = faultOfTheFile(story);
    if (wrong !== null) again({ file: wrong });
    if (events.some(isDeletion)) again();
  }, [story]);

  return (
    <>
      <h1 tabIndex={-1} ref={heading}>
        {awaited.title}
      </h1>
      {story !== null && <StoryBody story={story} events={events} live={live} />}
      {story === null && fault === null && <Bar progress={awaited.progress} label="Asking the gateway for it" />}
      {fault !== null && <Alert>{fault.message}</Alert>}
      <p class="quiet aside">
        {story === null || !hasEnded(story) ? "You may leave: it goes on without you, on " : "What happened stands on "}
        <a href={storyPath(awaited.storyId)}>its own page</a>. Or{" "}
        <button type="button" class="link" onClick={() => again()}>
          begin another story
        </button>
        .
      </p>
    </>
  );
}

function arrive(story: StoryState, awaited: Awaited, seen: () => void): void {
  if (awaited.left) return seen();
  memory.write(null);
  go(storyPath(story.storyId));
}

/** Why the file would not do, where it was the file: that belongs to its field, as if it had been refused at once. */
function faultOfTheFile(story: StoryState): string | null {
  const { failure } = story;
  return failure !== null && failure.step === "reading_file" && !failure.retryable ? failure.error : null;
}
