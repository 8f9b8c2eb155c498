import { useState } from "preact/hooks";

import { hasEnded, Refused, type StoryState } from "../../client/src/index.ts";
import { useClient } from "../client.ts";
import { guest } from "../memory.ts";
import { Alert } from "./fault.tsx";
import { Copy } from "./copy.tsx";
import { LinkToIt } from "./link_to_it.tsx";

interface Props {
  readonly story: StoryState;
  /** The token of the link by which the reader came. */
  readonly share?: string | undefined;
}

/** What can be done with the story as it stands: by its owner all that there is, by others only what leaves it alone. */
export function Actions({ story, share }: Props) {
  const { gateway } = useClient();
  const { run, busy, fault } = useCommand();
  const [link, setLink] = useState<string | null>(null);
  const { storyId, generatedContent } = story;
  const owned = story.owner === guest.read()?.user;
  const failed = story.status === "error" || story.status === "cancelled";
  return (
    <>
      <div class="actions">
        {owned && failed && (
          <button type="button" class="primary" disabled={busy} onClick={() => run(() => gateway.retry(storyId))}>
            Try again
          </button>
        )}
        {owned && !hasEnded(story) && (
          <button type="button" disabled={busy || story.cancelRequested} onClick={() => run(() => gateway.cancel(storyId))}>
            {story.cancelRequested ? "Cancelling" : "Cancel"}
          </button>
        )}
        {generatedContent !== null && (
          <button
            type="button"
            disabled={busy}
            onClick={() => run(async () => save(await gateway.download(storyId, share), story.title))}
          >
            Download
          </button>
        )}
        {owned && generatedContent !== null && (
          <button type="button" disabled={busy} onClick={() => run(async () => setLink((await gateway.share(storyId)).token))}>
            Share
          </button>
        )}
        {owned && hasEnded(story) && <Delete busy={busy} confirmed={() => run(() => gateway.delete(storyId))} />}
        {generatedContent !== null && <Copy text={generatedContent} />}
      </div>
      {link !== null && <LinkToIt storyId={storyId} token={link} />}
      {fault !== null && <Alert>{fault}</Alert>}
    </>
  );
}

/** Asks back once: what is deleted does not come back. */
function Delete({ busy, confirmed }: { busy: boolean; confirmed: () => void }) {
  const [asked, setAsked] = useState(false);
  if (!asked) {
    return (
      <button type="button" onClick={() => setAsked(true)}>
        Delete
      </button>
    );
  }
  return (
    <>
      <button type="button" class="wrong" disabled={busy} onClick={confirmed}>
        Delete for good
      </button>
      <button type="button" disabled={busy} onClick={() => setAsked(false)}>
        Keep it
      </button>
    </>
  );
}

/** A command at a time, and why the last one was refused. */
function useCommand() {
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const run = async (command: () => Promise<void>) => {
    setBusy(true);
    setFault(null);
    try {
      await command();
    } catch (error) {
      setFault(error instanceof Refused ? error.fault.message : String(error));
    } finally {
      setBusy(false);
    }
  };
  return { run, busy, fault };
}

/** Hand the browser a file. Not a link to the gateway: that could not say whose it is. */
function save(file: Blob, title: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = `${title.replace(/[/\\:*?"<>|%\s\p{C}]+/gu, " ").trim().replace(/^\.+/, "") || "story"}.txt`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
