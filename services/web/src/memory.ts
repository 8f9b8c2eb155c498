// What only this browser knows. The truth about stories comes from the gateway; here stands what cannot be asked for there.

import type { Session } from "../client/src/index.ts";

/** The story that the reader waits for on the first page. */
export interface Awaited {
  readonly storyId: string;
  readonly title: string;
  /** As far as was last seen, for the moment until the gateway has told. */
  readonly progress: number;
  /** The reader went to another page meanwhile: its end takes them nowhere any more. */
  readonly left?: boolean;
}

/** What has been filled in and not handed in. */
export interface Draft {
  readonly title: string;
  readonly prompt: string;
}

/** How far a reader has come in the story that they read last, in pixels. */
export interface Place {
  readonly storyId: string;
  readonly top: number;
}

/** What the page's server told it. */
export interface Config {
  /** Where the gateway is. */
  readonly gateway: string;
}

export const config = kept<Config>("storywire.config");
/** Who this browser is. */
export const guest = kept<Session>("storywire.guest");
export const awaited = kept<Awaited>("storywire.awaited");
export const draft = kept<Draft>("storywire.draft");
export const place = kept<Place>("storywire.place");

interface Kept<Value> {
  read(): Value | null;
  write(value: Value | null): void;
}

function kept<Value>(key: string): Kept<Value> {
  return {
    read() {
      try {
        return JSON.parse(localStorage.getItem(key) ?? "null") as Value | null;
      } catch {
        return null;
      }
    },
    write(value) {
      try {
        if (value === null) localStorage.removeItem(key);
        else localStorage.setItem(key, JSON.stringify(value));
      } catch {
        // A browser that keeps nothing forgets the place at a refresh; nothing else.
      }
    },
  };
}
