import { useState } from "preact/hooks";

import { hasEnded, Refused, type StoryState } from "../../client/src/index.ts";
import { useClient } from "../client.ts";
import { Alert } from "./fault.tsx";

/** What can be done with the story as it stands. */
export function Actions({ story }: { story: StoryState }) {
  const { gateway } = useClient();
  const { run, busy, fault } = useCommand();
  const { storyId, generatedContent } = story;
  return (
    <>
      <div class="actions">
        {generatedContent !== null && <Copy text={generatedContent} />}
        {generatedContent !== null && (
          <button type="button" disabled={busy} onClick={() => run(async () => save(await gateway.download(storyId), story.title))}>
            Download
          </button>
        )}
        {!hasEnded(story) && (
          <button type="button" disabled={busy || story.cancelRequested} onClick={() => run(() => gateway.cancel(storyId))}>
            {story.cancelRequested ? "Cancelling" : "Cancel"}
          </button>
        )}
        {(story.status === "error" || story.status === "cancelled") && (
          <button type="button" class="primary" disabled={busy} onClick={() => run(() => gateway.retry(storyId))}>
            Try again
          </button>
        )}
      </div>
      {fault !== null && <Alert>{fault}</Alert>}
    </>
  );
}

function Copy({ text }: { text: string }) {
  const [said, setSaid] = useState("");
  const copy = async () => {
    const done = await navigator.clipboard.writeText(text).then(() => "Copied", () => "The browser does not allow copying here");
    setSaid(done);
    setTimeout(() => setSaid(""), 3_000);
  };
  return (
    <>
      <button type="button" onClick={copy}>
        Copy
      </button>
      <span class="said" role="status">
        {said}
      </span>
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
