import { expect, it } from "vitest";

import { fold, Watch } from "../src/index.ts";
import { FakeGateway, FINISHED, STORY } from "./fake_gateway.ts";

const sequences = ({ watch }: FakeGateway) => watch.view.value.events.map((event) => event.data.sequence);
const text = ({ watch }: FakeGateway) => watch.view.value.live?.text;
const WRITING = FINISHED.slice(0, 4);

it("tells the story as it stands, then its events from the first", () => {
  const gateway = new FakeGateway().happened(FINISHED).connect().answer();
  expect(gateway.asked).toStrictEqual([{ storyId: STORY, after: 0 }]);
  expect(gateway.watch.view.value).toStrictEqual({ story: fold(FINISHED), live: null, events: FINISHED, fault: null });
});

it("sends the link along by which somebody came", () => {
  const asked: unknown[] = [];
  const joining = { join: (request: unknown) => void asked.push(request), later: () => {}, caughtUp: () => {} };
  new Watch(STORY, "link").connected(joining);
  expect(asked).toStrictEqual([{ storyId: STORY, after: 0, share: "link" }]);
});

it("folds what happens from there on", () => {
  const gateway = new FakeGateway().happened(WRITING).connect().answer().say(...FINISHED.slice(4));
  expect(gateway.watch.view.value.story).toStrictEqual(fold(FINISHED));
});

it("takes each event once, however often it is told", () => {
  const gateway = new FakeGateway().happened(WRITING).connect().answer();
  gateway.say(WRITING[3]!, WRITING[0]!, FINISHED[4]!, FINISHED[4]!);
  expect(sequences(gateway)).toStrictEqual([1, 2, 3, 4, 5]);
});

it("joins again from the last event that it has when one is missing", () => {
  const gateway = new FakeGateway().happened(WRITING).connect().answer();
  gateway.happened(FINISHED.slice(4)).say(FINISHED[5]!);
  expect(gateway.asked.at(-1)).toStrictEqual({ storyId: STORY, after: 4 });
  expect(gateway.answer().watch.view.value.story).toStrictEqual(fold(FINISHED));
  expect(sequences(gateway)).toStrictEqual([1, 2, 3, 4, 5, 6]);
});

it("goes on where it was when the connection comes back, and says how much it had missed", () => {
  const gateway = new FakeGateway().happened(WRITING).connect().answer();
  gateway.watch.disconnected();
  gateway.happened(FINISHED.slice(4)).connect().answer();
  expect(gateway.asked.at(-1)).toStrictEqual({ storyId: STORY, after: 4 });
  expect(sequences(gateway)).toStrictEqual([1, 2, 3, 4, 5, 6]);
  expect(gateway.caughtUps).toStrictEqual([2]);
});

it("believes no answer to a join that it has given up", () => {
  const gateway = new FakeGateway().happened(WRITING).connect();
  gateway.watch.disconnected();
  gateway.happened(FINISHED.slice(4)).connect();
  gateway.refuse("story_not_found").answer();
  expect(gateway.watch.view.value.fault).toBeNull();
  expect(sequences(gateway)).toStrictEqual([1, 2, 3, 4, 5, 6]);
});

it("adds piece to piece, from the text so far on", () => {
  const gateway = new FakeGateway().happened(WRITING).connect().answer({ attempt: 1, nextIndex: 2, text: "The lamp " });
  gateway.write(1, 1, "lamp ").write(1, 2, "was ").write(1, 2, "was ").write(1, 3, "lit.");
  expect(text(gateway)).toBe("The lamp was lit.");
});

it("joins again when a piece is missing, and gets the text in one", () => {
  const gateway = new FakeGateway().happened(WRITING).connect().answer({ attempt: 1, nextIndex: 0, text: "" });
  gateway.write(1, 0, "The ").write(1, 2, "was ").write(1, 3, "lit.");
  expect(text(gateway)).toBe("The ");
  gateway.answer({ attempt: 1, nextIndex: 4, text: "The lamp was lit." }).write(1, 4, " Nobody");
  expect(text(gateway)).toBe("The lamp was lit. Nobody");
});

it("begins the text anew with a new attempt", () => {
  const gateway = new FakeGateway().happened(WRITING).connect().answer({ attempt: 1, nextIndex: 1, text: "The lamp " });
  const again = { ...WRITING[1]!, data: { ...WRITING[1]!.data, sequence: 5, attempt: 2 } } as (typeof WRITING)[number];
  gateway.say(again);
  expect(text(gateway)).toBe("");
  gateway.write(1, 1, "was lit").write(2, 0, "Once ");
  expect(text(gateway)).toBe("Once ");
});

it("does not take an old attempt of the history for a new one", () => {
  const gateway = new FakeGateway().happened(WRITING).connect().answer({ attempt: 1, nextIndex: 3, text: "The lamp" });
  expect(text(gateway)).toBe("The lamp");
});

it("asks again in a while when the gateway cannot just now", () => {
  const gateway = new FakeGateway().happened(WRITING).connect().refuse("unavailable");
  expect(gateway.asked).toHaveLength(1);
  gateway.wait().answer();
  expect(sequences(gateway)).toStrictEqual([1, 2, 3, 4]);
});

it("says why a story cannot be watched", () => {
  const gateway = new FakeGateway().connect().refuse("story_not_found");
  expect(gateway.watch.view.value.fault).toStrictEqual({ code: "story_not_found", message: "No." });
});

it("tells listeners of their kind, each event once, and of none when they have had enough", () => {
  const gateway = new FakeGateway().happened(FINISHED);
  const seen: number[] = [];
  const stop = gateway.watch.on("story:processing:progress", ({ progress }) => seen.push(progress));
  gateway.connect().answer().say(...FINISHED);
  stop();
  expect(seen).toStrictEqual([25, 50, 75]);
});

it("moves on at a kind that only a newer service knows", () => {
  const gateway = new FakeGateway().happened(FINISHED).connect().answer();
  const unknown = { name: "story:illustrated", data: { storyId: STORY, sequence: 7, timestamp: "later" } };
  gateway.say(unknown as unknown as (typeof FINISHED)[number]);
  expect(gateway.watch.view.value.story).toStrictEqual({ ...fold(FINISHED), sequence: 7, updatedAt: "later" });
});
