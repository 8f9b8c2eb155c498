import { Connection } from "./connection.ts";
import { Gateway } from "./gateway.ts";
import { type Identity, nobody } from "./identity.ts";

export { Connection, type ConnectionState } from "./connection.ts";
export type * from "./contracts/index.ts";
export { type EventName, isDeletion, isTerminal, type StoryEvent } from "./events.ts";
export { Gateway, type Page, Refused, type Submission } from "./gateway.ts";
export { Guest, type Keep } from "./guest.ts";
export { type Identity, nobody } from "./identity.ts";
export { begin, DeltaGap, follow } from "./live.ts";
export { Observed } from "./observed.ts";
export { evolve, fold, hasEnded, SequenceGap } from "./story.ts";
export { type View, Watch } from "./watch.ts";

/** Storywire, as a page uses it: requests over HTTP, and stories to watch over one connection. */
export interface Storywire {
  readonly gateway: Gateway;
  readonly connection: Connection;
}

/** Speak to the gateway at this address, `http://localhost:3001` for one. The connection is open when this returns, or soon. */
export function storywire(address: string, identity: Identity = nobody): Storywire {
  const origin = address.replace(/\/+$/, "");
  const connection = new Connection(origin, identity);
  connection.open();
  return { gateway: new Gateway(origin, identity), connection };
}
