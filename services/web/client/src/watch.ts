import type { Commands, Fault, JoinAck, LiveText, StoryState } from "./contracts/index.ts";
import { DELTA, type EventName, type Heard, type StoryEvent } from "./events.ts";
import { begin, DeltaGap, follow } from "./live.ts";
import { Observed } from "./observed.ts";
import { evolve } from "./story.ts";

/** What is known of a story that is being watched. */
export interface View {
  /** The story as it stands; null until the gateway has told of it. */
  readonly story: StoryState | null;
  /** The text so far while an attempt runs; null where there is none, or none to be had. */
  readonly live: LiveText | null;
  /** The story's events, 1, 2, 3, ... without a gap. */
  readonly events: readonly StoryEvent[];
  /** Why it cannot be watched. */
  readonly fault: Fault | null;
}

export type Join = Commands["story:join"];

/** What a watch needs of a connection. */
export interface Joining {
  /** Ask to join. `answered` is called before any event of the answer is heard; not at all when the connection ends first. */
  join(request: Join["request"], answered: (ack: Join["ack"]) => void): void;
  /** Do it after a while, unless the connection ends first. */
  later(again: () => void): void;
  /** So many events were missed, and are here now. */
  caughtUp(count: number): void;
}

const PASSING: ReadonlySet<string> = new Set(["unavailable", "internal"]);

type Listener = (event: StoryEvent) => void;

/**
 * One story watched: every event once and in order, and the text as it is written, whatever happens to the connection.
 *
 * What had been heard before is dropped, what is missing makes it join again, from the last sequence that it has.
 */
export class Watch {
  readonly view = new Observed<View>({ story: null, live: null, events: [], fault: null });
  readonly #listeners = new Set<Listener>();
  #joining: Joining | null = null;
  #joined = false;
  #tries = 0;

  /** `share` is the token of a link to the story, for who does not own it. */
  constructor(
    readonly storyId: string,
    private readonly share?: string,
  ) {}

  /** The sequence of the last event had. */
  get sequence(): number {
    return this.view.value.events.length;
  }

  /** Hear of every event of one kind from now on; the answer ends it. */
  on<Name extends EventName>(name: Name, listener: (data: Extract<StoryEvent, { name: Name }>["data"]) => void): () => void {
    const matching: Listener = (event) => {
      if (event.name === name) (listener as (data: StoryEvent["data"]) => void)(event.data);
    };
    this.#listeners.add(matching);
    return () => void this.#listeners.delete(matching);
  }

  /** There is a connection: join, from where we are. */
  connected(joining: Joining): void {
    this.#joining = joining;
    this.#join();
  }

  /** There is no connection any more. */
  disconnected(): void {
    this.#joining = null;
    this.#joined = false;
  }

  /** Take what the gateway says of this story. */
  hear(said: Heard): void {
    if (!this.#joined) return; // It will be told again, after the ack.
    if (said.name === DELTA) this.#follow(said);
    else this.#append(said);
  }

  #join(): void {
    const tried = ++this.#tries;
    this.#joined = false;
    const link = this.share === undefined ? {} : { share: this.share };
    this.#joining?.join({ storyId: this.storyId, after: this.sequence, ...link }, (ack) => {
      if (tried === this.#tries) this.#answered(ack);
    });
  }

  #answered(ack: Join["ack"]): void {
    if (ack.ok) {
      this.#begin(ack);
    } else if (PASSING.has(ack.error.code)) {
      this.#joining?.later(() => this.#join());
    } else {
      this.#change({ fault: ack.error });
    }
  }

  #begin(ack: JoinAck): void {
    const missed = ack.sequence - this.sequence;
    if (this.view.value.story !== null) this.#joining?.caughtUp(missed);
    this.#joined = true;
    this.#change({ story: ack.story, live: ack.live, fault: null });
  }

  #append(event: StoryEvent): void {
    const { story, live, events } = this.view.value;
    if (event.data.sequence <= this.sequence) return;
    if (event.data.sequence > this.sequence + 1) return this.#join();
    const told = story !== null && story.sequence >= event.data.sequence; // by the ack, which stands for it
    this.#change({
      events: [...events, event],
      story: told ? story : evolve(story, event),
      live: !told && event.name === "story:processing:start" ? begin(live, event.data.attempt) : live,
    });
    for (const listener of [...this.#listeners]) listener(event);
  }

  #follow(said: Extract<Heard, { name: typeof DELTA }>): void {
    const { live } = this.view.value;
    try {
      const now = follow(live, said.data);
      if (now !== live) this.#change({ live: now });
    } catch (error) {
      if (!(error instanceof DeltaGap)) throw error;
      this.#join();
    }
  }

  #change(change: Partial<View>): void {
    this.view.value = { ...this.view.value, ...change };
  }
}
