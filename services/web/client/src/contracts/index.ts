// Written by `make contracts` from the classes in contracts/. Not to be edited.

/** Tokens that one attempt cost; null is unknown, never zero. */
export interface AttemptUsage {
  attempt: number;
  inputTokens: number | null;
  outputTokens: number | null;
}

/** Want no story any more. Asking again, or too late, changes nothing. */
export interface CancelRequest {
  storyId: string;
}

/** The owner wants no story any more. */
export interface CancelRequested {
  storyId: string;
  /** When it happened: RFC 3339, UTC, milliseconds */
  timestamp: string;
  /** 1, 2, 3, ... within the story, no gaps */
  sequence: number;
}

/** One day and one model. A request counts on the day it was made, its end on the day it ended; every retry is a request. */
export interface DayActivity {
  /** A day in UTC: `2026-01-31` */
  day: string;
  /** Null for requests that no attempt took up, and for models without a name */
  model: string | null;
  /** Requests, retries among them */
  asked: number;
  completed: number;
  failed: readonly Failures[];
  cancelled: number;
  /** Words of completed stories */
  words: number;
  /** Tokens read by the model, as far as they are known */
  inputTokens: number;
  /** Tokens written by the model, as far as they are known */
  outputTokens: number;
  /** Null when none completed */
  processingTime: ProcessingTimes | null;
}

/** The owner wants the story gone. The last event: everything before it is taken away, and nothing follows. */
export interface Deleted {
  storyId: string;
  /** When it happened: RFC 3339, UTC, milliseconds */
  timestamp: string;
  /** 1, 2, 3, ... within the story, no gaps */
  sequence: number;
  /** Whose story it was */
  owner: string;
}

/** It is done, and there is nothing more to say about it. */
export interface Done {
  ok: true;
}

/** Why the latest attempt failed. */
export interface Failure {
  error: string;
  step: "story_generation" | "reading_file" | "ai_processing" | "saving_file";
  code: string;
  retryable: boolean;
}

/** How many requests failed in one way. */
export interface Failures {
  step: "story_generation" | "reading_file" | "ai_processing" | "saving_file";
  code: string;
  count: number;
}

/** What was wrong; the body of an HTTP error is the same under the key `error`. */
export interface Fault {
  /** The cause, for programs */
  code: string;
  /** A sentence for the person who asked */
  message: string;
  /** Which part of the request */
  field?: string;
  /** What would have fitted */
  limit?: number;
  /** Seconds after which the same may be tried again */
  retryAfter?: number;
}

/** The uploaded text file. */
export interface File {
  /** As the user's machine called it */
  name: string;
  /** Bytes */
  size: number;
  /** SHA-256 of the bytes, lower-case hex */
  digest: string;
  /** Its name in the object store bucket `uploads` */
  object: string;
}

/** The story as it stands after its event number `sequence`. */
export interface JoinAck {
  ok: true;
  story: StoryState;
  sequence: number;
  /** Null while no attempt is running */
  live: LiveText | null;
  /** Names this life of the stream; positions of another one mean nothing */
  epoch: string;
  /** Whether the asker knew another epoch. Sequences hold all the same */
  epochChanged: boolean;
}

/** Watch a story: its events with a sequence above `after`, then whatever happens. */
export interface JoinRequest {
  storyId: string;
  /** The last sequence that the asker has; 0 for none */
  after?: number;
  /** The epoch that the asker knows, if any */
  epoch?: string | null;
  /** The token of a link to the story, for who does not own it */
  share?: string | null;
}

/** Watch a story no longer. */
export interface LeaveRequest {
  storyId: string;
}

/** The text that an attempt has written so far, in one piece; the next delta has the index `nextIndex`. */
export interface LiveText {
  /** 1 for the first try, one more for every later one */
  attempt: number;
  nextIndex: number;
  text: string;
}

/** The attempt, or the wait for one, ended because its owner wished so. */
export interface ProcessingCancelled {
  storyId: string;
  /** When it happened: RFC 3339, UTC, milliseconds */
  timestamp: string;
  /** 1, 2, 3, ... within the story, no gaps */
  sequence: number;
  /** 1 for the first try, one more for every later one */
  attempt: number;
  usage?: Usage;
}

/** The story is finished. */
export interface ProcessingComplete {
  storyId: string;
  /** When it happened: RFC 3339, UTC, milliseconds */
  timestamp: string;
  /** 1, 2, 3, ... within the story, no gaps */
  sequence: number;
  generatedContent: string;
  /** Words, separated by white space */
  generatedWordCount: number;
  /** Milliseconds since the attempt's start */
  processingTime: number;
  /** 1 for the first try, one more for every later one */
  attempt: number;
  usage?: Usage;
}

/** A piece of the text while it is being written. Live only: it is no part of the log. */
export interface ProcessingDelta {
  storyId: string;
  /** When it happened: RFC 3339, UTC, milliseconds */
  timestamp: string;
  /** 1 for the first try, one more for every later one */
  attempt: number;
  /** 0, 1, 2, ... within the attempt */
  index: number;
  text: string;
}

/** The attempt failed. */
export interface ProcessingError {
  storyId: string;
  /** When it happened: RFC 3339, UTC, milliseconds */
  timestamp: string;
  /** 1, 2, 3, ... within the story, no gaps */
  sequence: number;
  /** A sentence for the person who waits */
  error: string;
  /** Where it failed */
  step: "story_generation" | "reading_file" | "ai_processing" | "saving_file";
  /** The cause, for programs */
  code: string;
  /** Whether the same request may succeed later */
  retryable: boolean;
  /** 1 for the first try, one more for every later one */
  attempt: number;
  usage?: Usage;
}

/** An attempt reached a step. Said again, with a message, when the step has to be tried again. */
export interface ProcessingProgress {
  storyId: string;
  /** When it happened: RFC 3339, UTC, milliseconds */
  timestamp: string;
  /** 1, 2, 3, ... within the story, no gaps */
  sequence: number;
  /** Per cent */
  progress: 25 | 50 | 75;
  step: "reading_file" | "ai_processing" | "saving_file";
  /** A sentence for the person who waits */
  message?: string;
  /** 1 for the first try, one more for every later one */
  attempt: number;
}

/** An attempt began. It retracts all live text of lower attempts. */
export interface ProcessingStart {
  storyId: string;
  /** When it happened: RFC 3339, UTC, milliseconds */
  timestamp: string;
  /** 1, 2, 3, ... within the story, no gaps */
  sequence: number;
  step: "story_generation";
  /** 1 for the first try, one more for every later one */
  attempt: number;
  /** Which model writes */
  model?: string;
}

/** How long attempts took that completed, in milliseconds: exact, by nearest rank. */
export interface ProcessingTimes {
  p50: number;
  p95: number;
}

/** It was not done. */
export interface Refusal {
  ok: false;
  error: Fault;
}

/** Stay connected beyond the end of the token that the socket came with, by a newer one of the same user. */
export interface RenewRequest {
  /** A signed token, JWT */
  token: string;
}

/** The socket is welcome for longer. */
export interface Renewed {
  ok: true;
  expiresAt: string;
}

/** Somebody asked for a story. Always the first event. */
export interface Requested {
  storyId: string;
  /** When it happened: RFC 3339, UTC, milliseconds */
  timestamp: string;
  /** 1, 2, 3, ... within the story, no gaps */
  sequence: number;
  title: string;
  /** What the user would like the story to be */
  prompt?: string;
  file: File;
  /** Whose story it is */
  owner: string;
}

/** Want another attempt, with the same file and prompt; with `force` even where a finished story would be replaced. */
export interface RetryRequest {
  storyId: string;
  force?: boolean;
}

/** The owner wants another attempt, with the same file and prompt. */
export interface RetryRequested {
  storyId: string;
  /** When it happened: RFC 3339, UTC, milliseconds */
  timestamp: string;
  /** 1, 2, 3, ... within the story, no gaps */
  sequence: number;
}

/** A user, and the token that says so: `Authorization: Bearer <token>`, or `{token}` in Socket.IO's `auth`. */
export interface Session {
  /** A signed token, JWT */
  token: string;
  user: string;
  /** From then on the token is refused. Renew it before */
  expiresAt: string;
}

/** A link: whoever sends its token along may read that one story, until it ends or is revoked. */
export interface Share {
  /** A signed token, JWT */
  token: string;
  storyId: string;
  expiresAt: string;
}

/** A story as it stands after its event number `sequence`. */
export interface StoryState {
  storyId: string;
  sequence: number;
  status: "requested" | "processing" | "complete" | "error" | "cancelled";
  title: string;
  prompt: string | null;
  file: File;
  owner: string;
  /** Sequence of the latest request or retry */
  requestSequence: number;
  /** 0 before the first start */
  attempt: number;
  /** Per cent */
  progress: number;
  step: "story_generation" | "reading_file" | "ai_processing" | "saving_file" | null;
  message: string | null;
  model: string | null;
  cancelRequested: boolean;
  generatedContent: string | null;
  generatedWordCount: number | null;
  /** Milliseconds */
  processingTime: number | null;
  failure: Failure | null;
  usage: readonly AttemptUsage[];
  createdAt: string;
  updatedAt: string;
}

/** Tokens that one attempt cost; null is unknown, never zero. */
export interface Usage {
  /** Tokens read by the model */
  inputTokens: number | null;
  /** Tokens written by the model */
  outputTokens: number | null;
}

/** What the gateway emits: payloads by their Socket.IO names. */
export interface Emitted {
  "story:requested": Requested;
  "story:processing:start": ProcessingStart;
  "story:processing:progress": ProcessingProgress;
  "story:processing:complete": ProcessingComplete;
  "story:processing:error": ProcessingError;
  "story:processing:cancelled": ProcessingCancelled;
  "story:cancel:requested": CancelRequested;
  "story:retry:requested": RetryRequested;
  "story:deleted": Deleted;
  "story:processing:delta": ProcessingDelta;
}

/** What a client may ask for, and what the ack is called with. */
export interface Commands {
  "story:join": { request: JoinRequest; ack: JoinAck | Refusal };
  "story:leave": { request: LeaveRequest; ack: Done | Refusal };
  "story:cancel": { request: CancelRequest; ack: Done | Refusal };
  "story:retry": { request: RetryRequest; ack: Done | Refusal };
  "session:renew": { request: RenewRequest; ack: Renewed | Refusal };
}

export const NAMESPACE = "/stories";
