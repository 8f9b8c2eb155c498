// Following the text while it is being written, by the rules of contracts/live.py: contracts/vectors/ holds both to them.
import type { LiveText, ProcessingDelta } from "./contracts/index.ts";

/** A delta is missing: join again, and the ack brings the text so far. */
export class DeltaGap extends Error {}

/** What is shown after the start of an attempt: a higher one retracts the text of those below. */
export function begin(live: LiveText | null, attempt: number): LiveText {
  return live === null || live.attempt < attempt ? { attempt, nextIndex: 0, text: "" } : live;
}

/** What is shown after a delta. One that was had before, or of an attempt retracted, changes nothing. Throws DeltaGap. */
export function follow(live: LiveText | null, delta: ProcessingDelta): LiveText | null {
  if (live === null || delta.attempt < live.attempt) return live;
  const now = begin(live, delta.attempt);
  if (delta.index < now.nextIndex) return now;
  if (delta.index > now.nextIndex) throw new DeltaGap(`delta ${delta.index} came where ${now.nextIndex} follows`);
  return { attempt: now.attempt, nextIndex: now.nextIndex + 1, text: now.text + delta.text };
}
