import { createContext } from "preact";
import { useContext, useEffect, useMemo, useState } from "preact/hooks";

import type { Observed, Storywire, View, Watch } from "../client/src/index.ts";

export const Client = createContext<Storywire | null>(null);

export function useClient(): Storywire {
  return useContext(Client)!;
}

/** The value as it is now, and again whenever it changes. */
export function useObserved<Value>(observed: Observed<Value>): Value {
  const [, rendered] = useState(observed.value);
  useEffect(() => observed.subscribe(rendered as (value: Value) => void), [observed]);
  return observed.value;
}

/** Watch a story for as long as the part of the page that asks is there. */
export function useWatch(storyId: string, share?: string): View {
  const { connection } = useClient();
  const watch = useMemo<Watch>(() => connection.watch(storyId, share), [connection, storyId]);
  useEffect(() => () => connection.release(watch), [connection, watch]);
  return useObserved(watch.view);
}

/** The time, anew every so many milliseconds; standing still when that is null. */
export function useNow(every: number | null): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    if (every === null) return;
    const ticking = setInterval(() => setNow(Date.now()), every);
    return () => clearInterval(ticking);
  }, [every]);
  return Math.max(now, every === null ? now : 0);
}
