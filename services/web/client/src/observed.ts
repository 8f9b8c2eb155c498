/** A value that changes, and those who want to know. A listener hears of the value as it is at once, and of every later one. */
export class Observed<Value> {
  #value: Value;
  readonly #listeners = new Set<(value: Value) => void>();

  constructor(value: Value) {
    this.#value = value;
  }

  get value(): Value {
    return this.#value;
  }

  set value(value: Value) {
    this.#value = value;
    for (const listener of [...this.#listeners]) listener(value);
  }

  /** Listen; the answer ends it. */
  subscribe(listener: (value: Value) => void): () => void {
    this.#listeners.add(listener);
    listener(this.#value);
    return () => void this.#listeners.delete(listener);
  }
}
