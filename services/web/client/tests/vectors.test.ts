import { describe, expect, it } from "vitest";

import live from "../../../../contracts/vectors/live.json";
import stories from "../../../../contracts/vectors/story.json";
import { DeltaGap, evolve, fold, follow, type LiveText, SequenceGap, type StoryEvent, type StoryState } from "../src/index.ts";

const eventsOf = (vector: (typeof stories)[number]) => vector.steps.map(({ event }) => event as StoryEvent);

describe("a story adds up to what it does on the server", () => {
  it.each(stories)("$name", ({ steps }) => {
    let state: StoryState | null = null;
    for (const step of steps) {
      state = evolve(state, step.event as StoryEvent);
      expect(state).toStrictEqual(step.state);
    }
  });
});

describe("live text is what it is on the server", () => {
  it.each(live)("$name", ({ before, steps }) => {
    let text = before as LiveText | null;
    for (const step of steps) {
      if (step.text === "gap") {
        expect(() => follow(text, step.delta)).toThrow(DeltaGap);
        return;
      }
      text = follow(text, step.delta);
      expect(text).toStrictEqual(step.text);
    }
  });
});

describe("the fold", () => {
  const [finished] = stories;
  const events = eventsOf(finished!);

  it("gives nothing for nothing", () => {
    expect(fold([])).toBeNull();
  });

  it("goes on from a state", () => {
    expect(fold(events.slice(3), fold(events.slice(0, 3)))).toStrictEqual(fold(events));
  });

  it("takes the next event and no other", () => {
    expect(() => fold(events.slice(1))).toThrow(SequenceGap);
    expect(() => fold([events[0]!, events[2]!])).toThrow(SequenceGap);
    expect(() => fold([events[0]!, events[0]!])).toThrow(SequenceGap);
  });

  it("begins with nothing but a request", () => {
    const start = { ...events[1]!, data: { ...events[1]!.data, sequence: 1 } } as StoryEvent;
    expect(() => evolve(null, start)).toThrow(SequenceGap);
  });

  it("takes no other story's event", () => {
    const other = { ...events[1]!, data: { ...events[1]!.data, storyId: "0".repeat(26) } } as StoryEvent;
    expect(() => fold([events[0]!, other])).toThrow(SequenceGap);
  });

  it("changes no state that it was given", () => {
    const before = fold(events.slice(0, 4))!;
    const copy = structuredClone(before);
    evolve(before, events[4]!);
    expect(before).toStrictEqual(copy);
  });
});
