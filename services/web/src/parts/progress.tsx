import { useEffect, useState } from "preact/hooks";

import { hasEnded, type StoryEvent, type StoryState } from "../../client/src/index.ts";
import { useNow } from "../client.ts";
import { steps, type StepState, waiting } from "../steps.ts";
import { duration, happening, STEP } from "../words.ts";

const TICK = 100; // milliseconds

interface Props {
  readonly story: StoryState;
  readonly events: readonly StoryEvent[];
  /** The story is shown as it was: nothing ticks. */
  readonly past?: boolean;
}

/** How far the story has come: a bar, the three steps with their durations, what is happening, and since when. */
export function Progress({ story, events, past = false }: Props) {
  const running = !past && !hasEnded(story);
  const ticking = useServerNow(events, running);
  const now = past ? Date.parse(story.updatedAt) : ticking;
  const wait = waiting(story, events);
  return (
    <section class="progress" aria-label="Progress">
      <div class="summary">
        <p role="status">{happening(story)}</p>
        <p class="elapsed">{duration((wait.ended ?? now) - wait.began)}</p>
      </div>
      <Bar progress={story.progress} label={happening(story)} />
      <ol class="steps">
        {steps(story, events).map((step) => (
          <StepRow key={step.step} step={step} now={now} />
        ))}
      </ol>
      {story.message && <p class="message">{story.message}</p>}
    </section>
  );
}

/** The bar alone. It moves smoothly; what it says is exact. */
export function Bar({ progress, label }: { progress: number; label: string }) {
  return (
    <div
      class="bar"
      role="progressbar"
      aria-label="Story"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={progress}
      aria-valuetext={label}
    >
      <div style={{ transform: `scaleX(${progress / 100})` }} />
    </div>
  );
}

function StepRow({ step, now }: { step: StepState; now: number }) {
  const until = step.ended ?? (step.state === "running" ? now : null);
  const lasted = step.began === null || until === null || until === step.began ? null : until - step.began;
  return (
    <li class={step.state.replace(" ", "-")}>
      <span class="mark" aria-hidden="true" />
      <span class="name">{STEP[step.step]}</span>
      <span class="visually-hidden">{`, ${step.state}`}</span>
      {lasted !== null && <span class="lasted">{duration(lasted)}</span>}
    </li>
  );
}

/** The time on the server's clock, as far as its events tell: the least that any of them took to get here is what clocks differ by. */
function useServerNow(events: readonly StoryEvent[], running: boolean): number {
  const now = useNow(running ? TICK : null);
  const last = events.at(-1)?.data.timestamp;
  const [ahead, setAhead] = useState(0);
  useEffect(() => {
    if (last !== undefined) setAhead((known) => Math.max(known, Date.parse(last) - Date.now()));
  }, [last]);
  return now + ahead;
}
