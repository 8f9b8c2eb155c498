import type { Session } from "./contracts/index.ts";
import { accepted, reached, Refused } from "./gateway.ts";
import type { Identity } from "./identity.ts";

/** Where a session outlives the page. */
export interface Keep {
  read(): Session | null;
  write(session: Session | null): void;
}

const LEFT = 24 * 3_600_000; // milliseconds before its end at which a token is renewed

/** Speaks as a guest: as the same one for as long as its token is kept and renewed. */
export class Guest implements Identity {
  #asking: Promise<string> | null = null;
  #doubted = false;
  readonly #listeners = new Set<(token: string) => void>();

  constructor(
    private readonly gateway: string,
    private readonly keep: Keep,
    private readonly http: typeof fetch = (...request) => fetch(...request),
  ) {}

  async token(): Promise<string> {
    const session = this.keep.read();
    if (session !== null && !this.#doubted && Date.parse(session.expiresAt) - Date.now() > LEFT) return session.token;
    this.#asking ??= this.#ask(session?.token).finally(() => (this.#asking = null));
    return this.#asking;
  }

  /** It may have ended, or only have been refused for now: whoever is no guest any more is told so when it is renewed. */
  refused(token: string): void {
    if (this.keep.read()?.token === token) this.#doubted = true;
  }

  renewed(listener: (token: string) => void): () => void {
    this.#listeners.add(listener);
    const looking = setInterval(() => void this.token().catch(() => {}), LEFT / 24);
    return () => {
      clearInterval(looking);
      this.#listeners.delete(listener);
    };
  }

  async #ask(token: string | undefined): Promise<string> {
    const session = await this.#session(token).catch((refusal: unknown) => {
      if (token === undefined || !(refusal instanceof Refused) || refusal.status !== 401) throw refusal;
      return this.#session(undefined);
    });
    this.#doubted = false;
    this.keep.write(session);
    this.#listeners.forEach((tell) => tell(session.token));
    return session.token;
  }

  async #session(token: string | undefined): Promise<Session> {
    const headers = new Headers(token === undefined ? {} : { Authorization: `Bearer ${token}` });
    const ask = () => this.http(`${this.gateway}/api/session`, { method: "POST", headers });
    return (await accepted(await reached(this.gateway, ask))).json();
  }
}
