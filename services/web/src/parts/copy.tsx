import { useState } from "preact/hooks";

const SAID_FOR = 3_000; // milliseconds

/** Puts a text on the clipboard, and says so. */
export function Copy({ text }: { text: string }) {
  const [said, setSaid] = useState("");
  const copy = async () => {
    const done = navigator.clipboard?.writeText(text) ?? Promise.reject();
    setSaid(await done.then(() => "Copied", () => "The browser does not allow copying here"));
    setTimeout(() => setSaid(""), SAID_FOR);
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
