import { isTerminal, type StoryEvent, type StoryState } from "../client/src/index.ts";

type Step = "reading_file" | "ai_processing" | "saving_file";

/** A step of the latest attempt, with its times in milliseconds since 1970. */
export interface StepState {
  readonly step: Step;
  readonly state: "to come" | "running" | "done" | "stopped";
  readonly began: number | null;
  readonly ended: number | null;
}

const STEPS: readonly Step[] = ["reading_file", "ai_processing", "saving_file"];

/** How far the latest attempt has come. A step lasts from its progress to the next one's, or to the attempt's end. */
export function steps(story: StoryState, events: readonly StoryEvent[]): readonly StepState[] {
  const attempt = events.slice(events.findLastIndex(begins));
  const end = attempt.find(isTerminal) ?? null;
  const began = STEPS.map((step) => time(attempt.find((event) => isProgress(event, step))));
  return STEPS.map((step, at) => {
    const next = began.slice(at + 1).find((each) => each !== null) ?? null;
    const ended = began[at] === null ? null : (next ?? time(end));
    return { step, began: began[at] ?? null, ended, state: stateOf(story, began[at] ?? null, next) };
  });
}

/** When the wait for the story began, and when it ended, in milliseconds since 1970. */
export function waiting(story: StoryState, events: readonly StoryEvent[]): { began: number; ended: number | null } {
  const asked = events[story.requestSequence - 1];
  const end = events.slice(story.requestSequence).findLast(isTerminal) ?? null;
  return { began: time(asked) ?? Date.parse(story.createdAt), ended: time(end) };
}

function begins(event: StoryEvent): boolean {
  return event.name === "story:processing:start" || event.name === "story:retry:requested" || event.name === "story:requested";
}

function isProgress(event: StoryEvent, step: Step): boolean {
  return event.name === "story:processing:progress" && event.data.step === step;
}

function stateOf(story: StoryState, began: number | null, next: number | null): StepState["state"] {
  if (began === null) return "to come";
  if (next !== null || story.status === "complete") return "done";
  return story.status === "processing" ? "running" : "stopped";
}

function time(event: StoryEvent | null | undefined): number | null {
  return event ? Date.parse(event.data.timestamp) : null;
}
