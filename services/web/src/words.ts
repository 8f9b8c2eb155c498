import type { EventName, StoryState } from "../client/src/index.ts";

type Step = NonNullable<StoryState["step"]>;

export const STEP: Record<Step, string> = {
  story_generation: "Starting",
  reading_file: "Reading the file",
  ai_processing: "Writing the story",
  saving_file: "Saving the story",
};

export const STATUS: Record<StoryState["status"], string> = {
  requested: "Waiting",
  processing: "In progress",
  complete: "Finished",
  error: "Failed",
  cancelled: "Cancelled",
};

export const EVENT: Record<EventName, string> = {
  "story:requested": "Asked for",
  "story:processing:start": "Attempt begun",
  "story:processing:progress": "Step reached",
  "story:processing:complete": "Finished",
  "story:processing:error": "Failed",
  "story:processing:cancelled": "Cancelled",
  "story:cancel:requested": "Cancel asked for",
  "story:retry:requested": "Retry asked for",
  "story:deleted": "Deleted",
};

/** What happens to a story right now, in a sentence that changes with events only. */
export function happening(story: StoryState): string {
  if (story.status === "processing") {
    const doing = story.cancelRequested ? "Cancelling" : STEP[story.step ?? "story_generation"];
    return `${doing}, ${story.progress} %`;
  }
  return story.status === "requested" ? "Waiting for its turn" : STATUS[story.status];
}

/** `850 ms`, `4.2 s`, `1 min 05 s`. */
export function duration(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.max(0, Math.round(milliseconds))} ms`;
  if (milliseconds < 59_950) return `${(milliseconds / 1_000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1_000);
  return seconds < 3_600
    ? `${Math.floor(seconds / 60)} min ${pad(seconds % 60)} s`
    : `${Math.floor(seconds / 3_600)} h ${pad(Math.floor(seconds / 60) % 60)} min`;
}

/** `1.4 kB`. */
export function size(bytes: number): string {
  if (bytes < 1_000) return counted(bytes, "byte");
  return bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** `1 word`, `1,204 words`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

/** `31 Jan 2026, 09:30`. */
export function day(timestamp: string): string {
  return new Date(timestamp).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
}

/** `09:30:01.250`. */
export function clock(timestamp: string): string {
  return new Date(timestamp).toLocaleTimeString("en-GB", {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    fractionalSecondDigits: 3,
  });
}

function pad(number: number): string {
  return String(number).padStart(2, "0");
}
