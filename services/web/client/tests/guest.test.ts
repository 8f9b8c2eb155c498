import { expect, test } from "vitest";

import { Guest, type Session } from "../src/index.ts";

const HOUR = 3_600_000;

/** A gateway that answers each request with the next status, and what it was asked with. */
function gateway(...statuses: number[]) {
  const asked: (string | null)[] = [];
  const http = async (_: unknown, request?: RequestInit): Promise<Response> => {
    asked.push(new Headers(request?.headers).get("Authorization"));
    const status = statuses.shift() ?? 201;
    const session = { token: `t${asked.length}`, user: "u", expiresAt: new Date(Date.now() + 720 * HOUR).toISOString() };
    return Response.json(status === 201 ? session : { error: { code: "c", message: "m" } }, { status });
  };
  return { asked, http: http as typeof fetch };
}

function kept(session: Session | null = null) {
  return { session, read: () => session, write: (written: Session | null) => void (session = written) };
}

function until(milliseconds: number): Session {
  return { token: "old", user: "u", expiresAt: new Date(Date.now() + milliseconds).toISOString() };
}

test("who comes for the first time asks once, however often they speak, and is the same the next time", async () => {
  const { asked, http } = gateway();
  const keep = kept();
  const guest = new Guest("http://g", keep, http);
  expect(await Promise.all([guest.token(), guest.token()])).toEqual(["t1", "t1"]);
  expect(await new Guest("http://g", keep, http).token()).toBe("t1");
  expect(asked).toEqual([null]);
});

test("a token that ends soon is renewed, and who listens hears of it", async () => {
  const { asked, http } = gateway();
  const guest = new Guest("http://g", kept(until(HOUR)), http);
  const heard: string[] = [];
  const stop = guest.renewed((token) => heard.push(token));
  expect(await guest.token()).toBe("t1");
  stop();
  expect([asked, heard]).toEqual([["Bearer old"], ["t1"]]);
});

test("a token that was refused is renewed, and only who cannot have it renewed becomes somebody else", async () => {
  const { asked, http } = gateway(401);
  const guest = new Guest("http://g", kept(until(720 * HOUR)), http);
  guest.refused("old");
  expect(await guest.token()).toBe("t2");
  expect(asked).toEqual(["Bearer old", null]);
});

test("while the gateway is away nobody becomes somebody else", async () => {
  const { asked, http } = gateway(503);
  const guest = new Guest("http://g", kept(until(720 * HOUR)), http);
  guest.refused("old");
  await expect(guest.token()).rejects.toThrow();
  expect(await guest.token()).toBe("t2");
  expect(asked).toEqual(["Bearer old", "Bearer old"]);
});
