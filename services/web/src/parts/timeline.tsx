import type { StoryEvent } from "../../client/src/index.ts";
import { clock, counted, duration, EVENT, STEP } from "../words.ts";
import { Scrubber } from "./scrubber.tsx";

interface Props {
  readonly events: readonly StoryEvent[];
  /** The moment that is looked at; null is now. */
  readonly at: number | null;
  readonly setAt: (at: number | null) => void;
}

/** Every event with its time, the gap to the one before, and its JSON; and a way to any of these moments. */
export function Timeline({ events, at, setAt }: Props) {
  if (events.length === 0) return null;
  const lasted = time(events.at(-1)!) - time(events[0]!);
  return (
    <section class="timeline" aria-labelledby="timeline">
      <h2 id="timeline">Timeline</h2>
      <p class="quiet">
        {counted(events.length, "event")} in {duration(lasted)}. Move through them to see the story as it was.
      </p>
      {events.length > 1 && <Scrubber events={events} at={at} setAt={setAt} />}
      <ol>
        {events.map((event, index) => (
          <Row key={index} event={event} before={events[index - 1]} at={at} look={() => setAt(index + 1)} />
        ))}
      </ol>
    </section>
  );
}

interface RowProps {
  readonly event: StoryEvent;
  readonly before: StoryEvent | undefined;
  readonly at: number | null;
  readonly look: () => void;
}

function Row({ event, before, at, look }: RowProps) {
  const { sequence, timestamp } = event.data;
  const when = at === null || sequence < at ? "" : sequence === at ? "looked-at" : "ahead";
  return (
    <li class={when} aria-current={sequence === at ? "step" : undefined}>
      <button type="button" class="moment" onClick={look} aria-label={`Look at event ${sequence}`}>
        {sequence}
      </button>
      <div>
        <p>
          <strong>{headline(event)}</strong>
          <time dateTime={timestamp}>{clock(timestamp)}</time>
        </p>
        {before && <span class="gap">+{duration(time(event) - time(before))}</span>}
        <details>
          <summary>
            <code>{event.name}</code>
          </summary>
          <pre tabIndex={0}>{JSON.stringify(event.data, null, 2)}</pre>
        </details>
      </div>
    </li>
  );
}

/** What happened, in few words. */
export function headline(event: StoryEvent): string {
  switch (event.name) {
    case "story:processing:start":
      return `Attempt ${event.data.attempt} begun`;
    case "story:processing:progress":
      return `${STEP[event.data.step]}, ${event.data.progress} %`;
    case "story:processing:complete":
      return `Finished: ${counted(event.data.generatedWordCount, "word")}`;
    default:
      return EVENT[event.name] ?? (event as StoryEvent).name;
  }
}

function time(event: StoryEvent): number {
  return Date.parse(event.data.timestamp);
}
