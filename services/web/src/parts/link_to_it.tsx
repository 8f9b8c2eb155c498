import { useEffect, useRef } from "preact/hooks";

import { storyPath } from "../route.ts";

/** The address that lets others read the story, ready to be taken along. */
export function LinkToIt({ storyId, token }: { storyId: string; token: string }) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.select(), [token]);
  return (
    <p class="link-to-it">
      <label for="link">Whoever has this address may read the story</label>
      <input id="link" ref={field} readOnly value={`${location.origin}${storyPath(storyId)}#share=${token}`} />
    </p>
  );
}
