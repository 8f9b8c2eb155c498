import { useEffect, useRef, useState } from "preact/hooks";

import { fold, isDeletion, type StoryState, type View } from "../../client/src/index.ts";
import { useWatch } from "../client.ts";
import { Alert } from "../parts/fault.tsx";
import { StoryBody } from "../parts/story.tsx";
import { Timeline } from "../parts/timeline.tsx";
import { usePlace } from "../place.ts";
import { useTitle } from "../title.ts";
import { counted, day, size } from "../words.ts";
import { NotFoundPage } from "./not_found.tsx";

/** A story: live while it is written, finished when it is, and as it was at any of its events. */
export function StoryPage({ storyId }: { storyId: string }) {
  const share = useShare();
  const view = useWatch(storyId, share);
  const { at, setAt } = useMoment(view);
  const past = at !== null;
  const story = past ? fold(view.events.slice(0, at)) : view.story;
  useTitle(story === null ? "Story" : titleOf(story));
  usePlace(storyId, view.story?.status === "complete" && view.events.length === view.story.sequence);
  if (view.events.some(isDeletion)) return <Deleted />;
  if (view.fault !== null && view.story === null) return <NotWatchable fault={view.fault} />;
  return (
    <>
      <h1 tabIndex={-1}>{story?.title ?? "Story"}</h1>
      {story === null ? (
        <p class="quiet" role="status">
          Asking the gateway for it
        </p>
      ) : (
        <>
          <p class="byline">{day(story.createdAt)}</p>
          {past && <Past at={at} last={view.events.length} back={() => setAt(null)} />}
          <StoryBody
            story={story}
            events={past ? view.events.slice(0, at) : view.events}
            live={view.live}
            past={past}
            share={share}
          />
          <Origin story={story} />
          <Timeline events={view.events} at={at} setAt={setAt} />
        </>
      )}
    </>
  );
}

function Deleted() {
  const heading = useRef<HTMLHeadingElement>(null);
  useTitle("Deleted");
  useEffect(() => heading.current?.focus(), []); // What had the focus is gone.
  return (
    <>
      <h1 tabIndex={-1} ref={heading}>
        Deleted
      </h1>
      <p>This story was taken away, with everything that was kept of it.</p>
      <p>
        <a href="/stories">Your stories</a> or <a href="/">a new one</a>?
      </p>
    </>
  );
}

function titleOf(story: StoryState): string {
  return story.status === "processing" ? `${story.progress} % · ${story.title}` : story.title;
}

/** The token of the link by which the reader came. It stands behind a #, so that it is sent to nobody but the gateway. */
function useShare(): string | undefined {
  const [share] = useState(new URLSearchParams(location.hash.slice(1)).get("share") ?? undefined);
  return share;
}

/** The moment that is looked at, a sequence; null is now. It stands in the address, so that it can be kept and sent. */
function useMoment(view: View) {
  const asked = Number(new URLSearchParams(location.search).get("at"));
  const [at, setAt] = useState(Number.isSafeInteger(asked) && asked > 0 ? asked : null);
  useEffect(() => {
    history.replaceState(history.state, "", location.pathname + (at === null ? "" : `?at=${at}`) + location.hash);
  }, [at]);
  const isThere = at !== null && view.story !== null && at <= view.events.length;
  return { at: isThere ? at : null, setAt };
}

function Past({ at, last, back }: { at: number; last: number; back: () => void }) {
  return (
    <p class="past">
      As it was at event {at} of {last}
      <button type="button" onClick={back}>
        Back to now
      </button>
    </p>
  );
}

function Origin({ story }: { story: StoryState }) {
  return (
    <details class="origin">
      <summary>What it was made from</summary>
      <dl>
        <dt>File</dt>
        <dd>
          {story.file.name}, {size(story.file.size)}
        </dd>
        <dt>Prompt</dt>
        <dd>{story.prompt ?? <span class="quiet">None: the text alone</span>}</dd>
        {story.usage.map(({ attempt, inputTokens, outputTokens }) => (
          <>
            <dt>Attempt {attempt}</dt>
            <dd>
              {inputTokens === null ? "unknown" : counted(inputTokens, "token")} read,{" "}
              {outputTokens === null ? "unknown" : counted(outputTokens, "token")} written
            </dd>
          </>
        ))}
      </dl>
    </details>
  );
}

function NotWatchable({ fault }: { fault: NonNullable<View["fault"]> }) {
  if (fault.code === "story_not_found" || fault.field === "storyId") return <NotFoundPage what={fault.message} />;
  return (
    <>
      <h1 tabIndex={-1}>Story</h1>
      <Alert>{fault.message}</Alert>
    </>
  );
}
