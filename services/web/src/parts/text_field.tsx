interface Props {
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  /** More than one line. */
  readonly rows?: number;
  /** Characters, as the gateway counts them: code points. */
  readonly limit: number;
  readonly value: string;
  readonly fault: string | undefined;
  readonly change: (value: string) => void;
}

/** A field for a line or for several; says how much still fits when it becomes narrow. */
export function TextField({ name, label, hint, rows, limit, value, fault, change }: Props) {
  const left = limit - [...value].length;
  const about = {
    id: name,
    name,
    value,
    "aria-invalid": fault !== undefined,
    "aria-describedby": [fault && `${name}-fault`, hint && `${name}-hint`].filter(Boolean).join(" ") || undefined,
    onInput: (event: { currentTarget: HTMLInputElement | HTMLTextAreaElement }) => change(event.currentTarget.value),
  };
  return (
    <div class="field">
      <label for={name}>{label}</label>
      {hint && (
        <p class="hint" id={`${name}-hint`}>
          {hint}
        </p>
      )}
      {rows ? <textarea {...about} rows={rows} /> : <input {...about} type="text" autocomplete="off" />}
      {left < limit / 10 && <p class={left < 0 ? "left over" : "left"}>{left} of {limit} characters left</p>}
      {fault && (
        <p class="fault" role="alert" id={`${name}-fault`}>
          {fault}
        </p>
      )}
    </div>
  );
}
