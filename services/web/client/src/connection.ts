import { io, type Socket } from "socket.io-client";

import { NAMESPACE } from "./contracts/index.ts";
import { heard } from "./events.ts";
import type { Identity } from "./identity.ts";
import { Observed } from "./observed.ts";
import { type Join, type Joining, Watch } from "./watch.ts";

/** How it stands between us and the gateway. */
export type ConnectionState =
  /** Not yet, or not any more, and trying: so many times in vain. */
  | { readonly kind: "connecting" | "reconnecting"; readonly failures: number }
  /** The browser says that there is no network. */
  | { readonly kind: "offline" }
  /** After a reconnection, `caughtUp` is how many events had been missed and are here now. */
  | { readonly kind: "live"; readonly caughtUp: number | null };

const FIRST_DELAY = 250; // milliseconds
const LONGEST_DELAY = 4_000;
const ANSWER_WITHIN = 15_000; // longer than the gateway takes to say that it cannot

/** One socket for all stories that are watched. It comes back by itself, and goes on where it was. */
export class Connection {
  readonly state = new Observed<ConnectionState>({ kind: "connecting", failures: 0 });
  readonly #watches = new Map<string, { watch: Watch; holders: number }>();
  readonly #socket: Socket;
  #token: string | null = null;
  #wasLive = false;
  #again: ReturnType<typeof setTimeout> | undefined;
  readonly #stops: (() => void)[] = [];

  constructor(gateway: string, identity: Identity) {
    this.#socket = io(gateway + NAMESPACE, {
      autoConnect: false,
      transports: ["websocket"],
      reconnectionDelay: FIRST_DELAY,
      reconnectionDelayMax: LONGEST_DELAY,
      auth: (give) => void this.#authorise(identity).then(give),
    });
    this.#socket.on("connect", () => this.#connected());
    this.#socket.on("disconnect", () => this.#disconnected());
    this.#socket.on("connect_error", () => this.#failed(identity));
    this.#socket.onAny((name: string, data: unknown) => this.#hear(name, data));
    this.#stops.push(identity.renewed((token) => this.#socket.connected && this.#socket.emit("session:renew", { token })));
    this.#listenToTheNetwork();
  }

  open(): void {
    this.#socket.connect();
  }

  close(): void {
    clearTimeout(this.#again);
    this.#stops.forEach((stop) => stop());
    this.#socket.disconnect();
  }

  /** Watch a story until `release`, by a link if need be. Who asks for the same story gets the same watch. */
  watch(storyId: string, share?: string): Watch {
    const held = this.#watches.get(storyId) ?? { watch: new Watch(storyId, share), holders: 0 };
    this.#watches.set(storyId, held);
    held.holders += 1;
    if (held.holders === 1 && this.#socket.connected) held.watch.connected(this.#joining());
    return held.watch;
  }

  /** Watch it no longer. The story goes on. */
  release(watch: Watch): void {
    const held = this.#watches.get(watch.storyId);
    if (held === undefined || held.watch !== watch || --held.holders > 0) return;
    this.#watches.delete(watch.storyId);
    watch.disconnected();
    if (this.#socket.connected) this.#socket.emit("story:leave", { storyId: watch.storyId }, () => {});
  }

  #connected(): void {
    this.state.value = { kind: "live", caughtUp: this.#wasLive ? 0 : null };
    this.#wasLive = true;
    const joining = this.#joining();
    for (const { watch } of this.#watches.values()) watch.connected(joining);
  }

  #disconnected(): void {
    for (const { watch } of this.#watches.values()) watch.disconnected();
    this.#trying(0);
    if (!this.#socket.active) this.#connectLater(FIRST_DELAY); // The gateway ended it: the library leaves it at that.
  }

  #failed(identity: Identity): void {
    const before = this.state.value;
    this.#trying("failures" in before ? before.failures + 1 : 1);
    if (this.#socket.active) return; // The library tries again by itself.
    if (this.#token !== null) identity.refused(this.#token);
    this.#connectLater(LONGEST_DELAY / 4);
  }

  #trying(failures: number): void {
    if (isOffline()) this.state.value = { kind: "offline" };
    else this.state.value = { kind: this.#wasLive ? "reconnecting" : "connecting", failures };
  }

  #connectLater(delay: number): void {
    clearTimeout(this.#again);
    this.#again = setTimeout(() => this.#socket.connect(), delay);
  }

  #hear(name: string, data: unknown): void {
    const said = heard(name, data);
    if (said !== null) this.#watches.get(said.data.storyId)?.watch.hear(said);
  }

  async #authorise(identity: Identity): Promise<object> {
    this.#token = await identity.token().catch(() => null);
    return this.#token === null ? {} : { token: this.#token };
  }

  /** What a watch does with this connection, for as long as it holds. */
  #joining(): Joining {
    const id = this.#socket.id;
    const holds = () => this.#socket.connected && this.#socket.id === id;
    const join = (request: Join["request"], answered: (ack: Join["ack"]) => void): void => {
      this.#socket.timeout(ANSWER_WITHIN).emit("story:join", request, (error: Error | null, ack: Join["ack"]) => {
        if (!holds()) return;
        if (error) join(request, answered);
        else answered(ack);
      });
    };
    return {
      join,
      later: (again) => void setTimeout(() => holds() && again(), 2 * FIRST_DELAY),
      caughtUp: (count) => this.#caughtUp(count),
    };
  }

  #caughtUp(count: number): void {
    const { value } = this.state;
    if (value.kind === "live") this.state.value = { kind: "live", caughtUp: (value.caughtUp ?? 0) + count };
  }

  #listenToTheNetwork(): void {
    if (typeof window === "undefined") return;
    const offline = () => {
      // The library does so by itself, but not for a gateway on localhost.
      if (this.#socket.connected) this.#socket.io.engine.close();
      else this.#trying(0);
    };
    const online = () => {
      // At once, and not when the library's waiting is over.
      if (!this.#socket.connected) this.#socket.disconnect().connect();
    };
    window.addEventListener("offline", offline);
    window.addEventListener("online", online);
    this.#stops.push(() => {
      window.removeEventListener("offline", offline);
      window.removeEventListener("online", online);
    });
  }
}

function isOffline(): boolean {
  return typeof navigator !== "undefined" && navigator.onLine === false;
}
