import { useRef, useState } from "preact/hooks";

import { Refused } from "../../client/src/index.ts";
import { useClient } from "../client.ts";
import { draft } from "../memory.ts";
import { useTitle } from "../title.ts";
import { Alert } from "./fault.tsx";
import { FileField } from "./file_field.tsx";
import { TextField } from "./text_field.tsx";

const TITLE_CHARACTERS = 200;
const PROMPT_CHARACTERS = 4_000;

/** What is wrong, by field; `form` is for what belongs to none. */
export type Faults = Partial<Record<"file" | "title" | "prompt" | "form", string>>;

interface Props {
  readonly faults: Faults;
  readonly accepted: (storyId: string, title: string) => void;
}

/** The text file, a title, and what one would like the story to be. What was filled in survives a refresh, but for the file. */
export function CreateForm({ faults: before, accepted }: Props) {
  useTitle("");
  const [file, setFile] = useState<File | null>(null);
  const [title, setTitle] = useState(draft.read()?.title ?? "");
  const [prompt, setPrompt] = useState(draft.read()?.prompt ?? "");
  const { submit, busy, faults, mended } = useSubmission(before, accepted);
  const keep = (changed: { title: string; prompt: string }) => {
    mended(changed.title === title ? "prompt" : "title");
    draft.write(changed);
    setTitle(changed.title);
    setPrompt(changed.prompt);
  };
  const choose = (chosen: File) => {
    mended("file");
    setFile(chosen);
  };
  return (
    <>
      <h1 tabIndex={-1}>A new story</h1>
      <p class="lead">Bring a text. A story is written from it, and you watch every word arrive.</p>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void submit(file, title, prompt);
        }}
      >
        <FileField file={file} fault={faults.file} choose={choose} />
        <TextField
          name="title"
          label="Title"
          limit={TITLE_CHARACTERS}
          value={title}
          fault={faults.title}
          change={(value) => keep({ title: value, prompt })}
        />
        <TextField
          name="prompt"
          label="Prompt"
          hint="Optional. What kind of story would you like?"
          rows={3}
          limit={PROMPT_CHARACTERS}
          value={prompt}
          fault={faults.prompt}
          change={(value) => keep({ title, prompt: value })}
        />
        {faults.form && <Alert>{faults.form}</Alert>}
        <button type="submit" class="primary" disabled={busy}>
          {busy ? "Handing it in" : "Generate"}
        </button>
      </form>
    </>
  );
}

function useSubmission(before: Faults, accepted: Props["accepted"]) {
  const { gateway } = useClient();
  const [faults, setFaults] = useState(before);
  const [busy, setBusy] = useState(false);
  const key = useRef({ of: "", is: "" });

  const submit = async (file: File | null, title: string, prompt: string) => {
    const missing = whatIsMissing(file, title);
    setFaults(missing);
    if (file === null || Object.keys(missing).length > 0) return focusFirst(missing);
    setBusy(true);
    try {
      const storyId = await gateway.submit({ file, title, prompt }, keyFor(key.current, file, title, prompt));
      draft.write(null);
      accepted(storyId, title.trim());
    } catch (error) {
      const wrong = faultsOf(error);
      setFaults(wrong);
      setBusy(false);
      focusFirst(wrong);
    }
  };
  const mended = (field: keyof Faults) => setFaults(({ [field]: _, ...others }) => others);
  return { submit, busy, faults, mended };
}

/** The same key for as long as the same is handed in: after an answer that was lost, asking again makes no second story. */
function keyFor(key: { of: string; is: string }, file: File, title: string, prompt: string): string {
  const what = JSON.stringify([file.name, file.size, file.lastModified, title, prompt]);
  if (key.of !== what) Object.assign(key, { of: what, is: crypto.getRandomValues(new Uint32Array(4)).join("-") });
  return key.is;
}

function whatIsMissing(file: File | null, title: string): Faults {
  return {
    ...(file === null ? { file: "Choose a text file." } : {}),
    ...(title.trim() === "" ? { title: "The story needs a title." } : {}),
  };
}

function faultsOf(error: unknown): Faults {
  if (!(error instanceof Refused)) return { form: String(error) };
  const { field, message } = error.fault;
  return field === "file" || field === "title" || field === "prompt" ? { [field]: message } : { form: message };
}

function focusFirst(faults: Faults): void {
  const name = (["file", "title", "prompt"] as const).find((each) => faults[each] !== undefined);
  if (name !== undefined) document.getElementById(name)?.focus();
}
