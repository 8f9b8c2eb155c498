import { useEffect, useState } from "preact/hooks";

import type { StoryEvent } from "../../client/src/index.ts";
import { headline } from "./timeline.tsx";

const SHORTEST = 200; // milliseconds that a moment is shown for, at least
const LONGEST = 2_000; // and at most, however long the wait was
const SPEEDS = [1, 4] as const;

interface Props {
  readonly events: readonly StoryEvent[];
  readonly at: number | null;
  readonly setAt: (at: number | null) => void;
}

/** Plays the story's events in their own time, or goes to any of them by hand. At the last one it is now. */
export function Scrubber({ events, at, setAt }: Props) {
  const last = events.length;
  const now = at ?? last;
  const [playing, setPlaying] = useState(false);
  const [speed, setSpeed] = useState<(typeof SPEEDS)[number]>(1);
  const look = (sequence: number) => setAt(sequence >= last ? null : sequence);

  useEffect(() => {
    if (!playing) return;
    const next = events[now];
    if (next === undefined) return setPlaying(false);
    const stepping = setTimeout(() => look(now + 1), pause(events[now - 1]!, next) / speed);
    return () => clearTimeout(stepping);
  }, [playing, now, speed, last]);

  const play = () => {
    if (!playing && now === last) setAt(1);
    setPlaying(!playing);
  };
  return (
    <div class="scrubber" role="group" aria-label="Replay">
      <button type="button" class="play" onClick={play} aria-label={playing ? "Pause" : "Play"}>
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d={playing ? "M4 3h3v10H4zM9 3h3v10H9z" : "M4 2.5v11l9-5.5z"} />
        </svg>
      </button>
      <input
        type="range"
        min={1}
        max={last}
        step={1}
        value={now}
        aria-label="Event"
        aria-valuetext={`Event ${now} of ${last}: ${headline(events[now - 1]!)}`}
        onInput={(event) => {
          setPlaying(false);
          look(Number(event.currentTarget.value));
        }}
      />
      <div class="speeds" role="group" aria-label="Speed">
        {SPEEDS.map((each) => (
          <button type="button" key={each} aria-label={`${each} times`} aria-pressed={speed === each} onClick={() => setSpeed(each)}>
            {each}×
          </button>
        ))}
      </div>
    </div>
  );
}

function pause(from: StoryEvent, to: StoryEvent): number {
  const gap = Date.parse(to.data.timestamp) - Date.parse(from.data.timestamp);
  return Math.min(Math.max(gap, SHORTEST), LONGEST);
}
