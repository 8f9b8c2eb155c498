import { useEffect, useState } from "preact/hooks";

import type { ConnectionState as State } from "../../client/src/index.ts";
import { useClient, useObserved } from "../client.ts";
import { counted } from "../words.ts";

const SHOWN_FOR = 6_000; // milliseconds
const IN_VAIN = 2; // tries after which it is time to say what to check

/** Always there: live, reconnecting, offline, or caught up. */
export function ConnectionState() {
  const state = useObserved(useClient().connection.state);
  const caughtUp = useForAWhile(state.kind === "live" ? state.caughtUp : null, state);
  return (
    <p class={`connection ${state.kind}`} role="status">
      <span class="dot" aria-hidden="true" />
      {caughtUp === null ? WORDS[state.kind] : `Caught up ${counted(caughtUp, "event")}`}
    </p>
  );
}

const WORDS: Record<State["kind"], string> = {
  connecting: "Connecting",
  reconnecting: "Reconnecting",
  offline: "Offline",
  live: "Live",
};

/** What to check when it does not come back by itself. */
export function ConnectionNotice() {
  const { connection, gateway } = useClient();
  const state = useObserved(connection.state);
  if (state.kind === "offline") {
    return (
      <div class="notice" role="alert">
        You are offline. The story goes on without you; what you miss is told when you are back.
      </div>
    );
  }
  if (!("failures" in state) || state.failures < IN_VAIN) return null;
  return (
    <div class="notice" role="alert">
      <strong>The gateway at {gateway.address} does not answer.</strong> It is tried again and again, and nothing is lost.
      If it stays like this, check that the gateway runs (<code>storywire up</code>), that this is its address (
      <code>GATEWAY_URL</code>), and that <code>CORS_ORIGINS</code> names <code>{location.origin}</code>.
    </div>
  );
}

function useForAWhile(value: number | null, changed: unknown): number | null {
  const [over, setOver] = useState<unknown>(null);
  useEffect(() => {
    const waiting = setTimeout(() => setOver(changed), SHOWN_FOR);
    return () => clearTimeout(waiting);
  }, [changed]);
  return over === changed ? null : value;
}
