// What the events of one story add up to, by the rules of contracts/story.py: contracts/vectors/ holds both to them.
import type { AttemptUsage, Requested, StoryState, Usage } from "./contracts/index.ts";
import type { StoryEvent } from "./events.ts";

/** The event is not the one that follows. */
export class SequenceGap extends Error {}

/** The state after `event`. Throws SequenceGap when it is not the next one of this story. */
export function evolve(state: StoryState | null, event: StoryEvent): StoryState {
  const expected = state === null ? 1 : state.sequence + 1;
  const { sequence, storyId, timestamp } = event.data;
  if (sequence !== expected) throw new SequenceGap(`story ${storyId}: event ${sequence} came where ${expected} follows`);
  if (state === null) {
    if (event.name !== "story:requested") throw new SequenceGap(`story ${storyId}: begins with ${event.name}`);
    return initial(event.data);
  }
  if (storyId !== state.storyId) throw new SequenceGap(`story ${state.storyId}: event ${sequence} is one of ${storyId}`);
  return { ...state, sequence, updatedAt: timestamp, ...change(state, event) };
}

/** The state after all of `events`; null when there are none. */
export function fold(events: readonly StoryEvent[], state: StoryState | null = null): StoryState | null {
  return events.reduce(evolve, state);
}

/** Whether the latest request came to its terminal event. */
export function hasEnded(state: StoryState): boolean {
  return state.status === "complete" || state.status === "error" || state.status === "cancelled";
}

const NOTHING_YET = {
  progress: 0,
  step: null,
  message: null,
  cancelRequested: false,
  generatedContent: null,
  generatedWordCount: null,
  processingTime: null,
  failure: null,
} as const;

function initial(event: Requested): StoryState {
  return {
    ...NOTHING_YET,
    storyId: event.storyId,
    sequence: event.sequence,
    status: "requested",
    title: event.title,
    prompt: event.prompt ?? null,
    file: event.file,
    owner: event.owner,
    requestSequence: 1,
    attempt: 0,
    model: null,
    usage: [],
    createdAt: event.timestamp,
    updatedAt: event.timestamp,
  };
}

function change(state: StoryState, event: StoryEvent): Partial<StoryState> {
  switch (event.name) {
    case "story:processing:start": {
      const crashed = state.status === "processing"; // The attempt before this one never said how it ended, nor its cost.
      return {
        ...NOTHING_YET,
        status: "processing",
        step: event.data.step,
        attempt: event.data.attempt,
        model: event.data.model ?? null,
        cancelRequested: state.cancelRequested,
        usage: crashed ? spent(state, state.attempt) : state.usage,
      };
    }
    case "story:processing:progress": {
      const { progress, step, message } = event.data;
      return { progress, step, message: message ?? null };
    }
    case "story:processing:complete": {
      const { attempt, generatedContent, generatedWordCount, processingTime, usage } = event.data;
      return {
        status: "complete",
        progress: 100,
        step: null,
        message: null,
        attempt,
        generatedContent,
        generatedWordCount,
        processingTime,
        usage: spent(state, attempt, usage),
      };
    }
    case "story:processing:error": {
      const { attempt, error, step, code, retryable, usage } = event.data;
      const failure = { error, step, code, retryable };
      return { status: "error", step, message: null, attempt, failure, usage: spent(state, attempt, usage) };
    }
    case "story:processing:cancelled": {
      const { attempt, usage } = event.data;
      return { status: "cancelled", message: null, attempt, usage: spent(state, attempt, usage) };
    }
    case "story:cancel:requested":
      return { cancelRequested: true };
    case "story:retry:requested":
      return { ...NOTHING_YET, status: "requested", requestSequence: event.data.sequence };
    default: // A kind that only a newer service knows moves the sequence on and nothing else.
      return {};
  }
}

function spent(state: StoryState, attempt: number, usage?: Usage): readonly AttemptUsage[] {
  const { inputTokens = null, outputTokens = null } = usage ?? {};
  return [...state.usage, { attempt, inputTokens, outputTokens }];
}
