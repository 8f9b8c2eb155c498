import { useEffect } from "preact/hooks";

import { place } from "./memory.ts";

/** Keep where in a story its reader is, and bring them back there after a refresh, once there is a text to be in. */
export function usePlace(storyId: string, isThere: boolean): void {
  useEffect(() => {
    if (!isThere) return;
    const kept = place.read();
    if (kept?.storyId === storyId) scrollTo({ top: kept.top, behavior: "instant" });
    const keep = () => place.write({ storyId, top: scrollY });
    addEventListener("scrollend", keep);
    return () => removeEventListener("scrollend", keep);
  }, [storyId, isThere]);
}
