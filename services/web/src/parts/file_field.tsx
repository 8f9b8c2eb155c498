import { useEffect, useState } from "preact/hooks";

import { size } from "../words.ts";

const SHOWN_BYTES = 4_096;
const SHOWN_LINES = 4;

interface Props {
  readonly file: File | null;
  readonly fault: string | undefined;
  readonly choose: (file: File) => void;
}

/** A text file, by the picker or dropped here; shown are its name, its size and its first lines. */
export function FileField({ file, fault, choose }: Props) {
  const [over, setOver] = useState(false);
  const lines = useFirstLines(file);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const dropped = event.dataTransfer?.files[0];
    if (dropped) choose(dropped);
  };
  return (
    <div class="field">
      <label
        class={over ? "drop over" : "drop"}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <input
          id="file"
          name="file"
          type="file"
          accept=".txt,.md,.text,text/*"
          class="visually-hidden"
          aria-invalid={fault !== undefined}
          aria-describedby={fault ? "file-fault" : undefined}
          onChange={(event) => {
            const chosen = event.currentTarget.files?.[0];
            if (chosen) choose(chosen);
          }}
        />
        {file === null ? (
          <>
            <strong>Choose a text file</strong>
            <span class="hint">or drop one here. UTF-8, up to 5 MiB.</span>
          </>
        ) : (
          <>
            <strong>{file.name}</strong>
            <span class="hint">{size(file.size)}. Choose another, or drop one here.</span>
          </>
        )}
      </label>
      {lines !== "" && (
        <pre class="first-lines" role="group" aria-label="Its first lines">
          {lines}
        </pre>
      )}
      {fault && (
        <p class="fault" role="alert" id="file-fault">
          {fault}
        </p>
      )}
    </div>
  );
}

function useFirstLines(file: File | null): string {
  const [lines, setLines] = useState("");
  useEffect(() => {
    let wanted = true;
    setLines("");
    void file
      ?.slice(0, SHOWN_BYTES)
      .text()
      .then((text) => wanted && setLines(text.split("\n", SHOWN_LINES).join("\n").trimEnd()))
      .catch(() => {}); // One that cannot be read is refused when it is handed in.
    return () => void (wanted = false);
  }, [file]);
  return lines;
}
