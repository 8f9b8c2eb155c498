import type { Emitted, ProcessingDelta } from "./contracts/index.ts";

/** The Socket.IO name of live text, which is no part of the log. */
export const DELTA = "story:processing:delta";

export type EventName = Exclude<keyof Emitted, typeof DELTA>;

/** A committed event of a story: its Socket.IO name and its payload. */
export type StoryEvent = { [Name in EventName]: { readonly name: Name; readonly data: Emitted[Name] } }[EventName];

/** Anything that the gateway emits: an event, or a piece of live text. */
export type Heard = StoryEvent | { readonly name: typeof DELTA; readonly data: ProcessingDelta };

const TERMINAL: ReadonlySet<string> = new Set<EventName>([
  "story:processing:complete",
  "story:processing:error",
  "story:processing:cancelled",
]);

/** Whether the event ended a request. */
export function isTerminal(event: StoryEvent): boolean {
  return TERMINAL.has(event.name);
}

/** Whether the event took the story away: nothing follows it. */
export function isDeletion(event: StoryEvent): boolean {
  return event.name === "story:deleted";
}

/** What the gateway said, if it can be told apart: a kind that only a newer service knows is an event all the same. */
export function heard(name: string, data: unknown): Heard | null {
  const said = data as { storyId?: unknown; sequence?: unknown; index?: unknown } | null;
  if (typeof said?.storyId !== "string") return null;
  const known = name === DELTA ? said.index : said.sequence;
  return Number.isSafeInteger(known) ? ({ name, data } as Heard) : null;
}
