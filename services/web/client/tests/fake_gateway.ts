import stories from "../../../../contracts/vectors/story.json";
import { fold, type LiveText, type StoryEvent, Watch } from "../src/index.ts";
import type { Join, Joining } from "../src/watch.ts";

export const STORY = "01jhv7w0000000000000000001";
export const FINISHED = stories[0]!.steps.map(({ event }) => event as StoryEvent);

/** A gateway with one story, told to a watch word by word: what is asked is kept until the test answers. */
export class FakeGateway implements Joining {
  readonly watch = new Watch(STORY);
  readonly asked: Join["request"][] = [];
  readonly caughtUps: number[] = [];
  #answers: ((ack: Join["ack"]) => void)[] = [];
  #again: (() => void)[] = [];
  #log: StoryEvent[] = [];

  join(request: Join["request"], answered: (ack: Join["ack"]) => void): void {
    this.asked.push(request);
    this.#answers.push(answered);
  }

  later(again: () => void): void {
    this.#again.push(again);
  }

  caughtUp(count: number): void {
    this.caughtUps.push(count);
  }

  /** So much of the story has happened. */
  happened(events: readonly StoryEvent[]): this {
    this.#log.push(...events);
    return this;
  }

  connect(): this {
    this.watch.connected(this);
    return this;
  }

  /** Answer the oldest join that waits: the ack, then the events after what was asked for. */
  answer(live: LiveText | null = null): this {
    const request = this.asked.at(-this.#answers.length)!;
    this.#answers.shift()!({
      ok: true,
      story: fold(this.#log)!,
      sequence: this.#log.length,
      live,
      epoch: "one",
      epochChanged: false,
    });
    return this.say(...this.#log.slice(request.after));
  }

  refuse(code: string): this {
    this.#answers.shift()!({ ok: false, error: { code, message: "No." } });
    return this;
  }

  /** The while is over that a watch wanted to wait. */
  wait(): this {
    this.#again.splice(0).forEach((again) => again());
    return this;
  }

  say(...events: readonly StoryEvent[]): this {
    for (const event of events) this.watch.hear(event);
    return this;
  }

  write(attempt: number, index: number, text: string): this {
    this.watch.hear({ name: "story:processing:delta", data: { storyId: STORY, timestamp: "", attempt, index, text } });
    return this;
  }
}

