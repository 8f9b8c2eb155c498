import type { DayActivity, Fault, Share, StoryState } from "./contracts/index.ts";
import type { Identity } from "./identity.ts";

/** What was asked for is not done; the fault says why. `status` is that of HTTP, 0 when nobody answered. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly fault: Fault,
  ) {
    super(fault.message);
  }
}

export interface Submission {
  readonly file: File;
  readonly title: string;
  readonly prompt?: string;
}

/** One page of stories, newest first, without their texts; `next` is the `before` of the following page. */
export interface Page {
  readonly stories: readonly StoryState[];
  readonly next?: string;
}

/** The gateway over HTTP. Every method throws Refused. */
export class Gateway {
  constructor(
    readonly address: string,
    private readonly identity: Identity,
    private readonly http: typeof fetch = (...request) => fetch(...request),
  ) {}

  /** Hand in a text; gives the story's id. Asking again with the same key is harmless. */
  async submit({ file, title, prompt }: Submission, key: string): Promise<string> {
    const body = new FormData();
    body.set("title", title);
    if (prompt) body.set("prompt", prompt);
    body.set("file", file);
    const answer = await this.ask("/api/stories", { method: "POST", body, headers: { "Idempotency-Key": key } });
    return ((await answer.json()) as { storyId: string }).storyId;
  }

  async stories(limit: number, before?: string): Promise<Page> {
    const query = new URLSearchParams({ limit: String(limit), ...(before ? { before } : {}) });
    return (await this.ask(`/api/stories?${query}`)).json();
  }

  async story(storyId: string): Promise<StoryState> {
    return (await this.ask(`/api/stories/${storyId}`)).json();
  }

  /** What one's own stories came to on each day since this one, `2026-01-31`. */
  async activity(since: string): Promise<readonly DayActivity[]> {
    const answer = await this.ask(`/api/activity?${new URLSearchParams({ from: since })}`);
    return ((await answer.json()) as { days: readonly DayActivity[] }).days;
  }

  /** The finished text as a file; by a link, if need be. */
  async download(storyId: string, share?: string): Promise<Blob> {
    const link = share === undefined ? "" : `?${new URLSearchParams({ share })}`;
    return (await this.ask(`/api/stories/${storyId}/download${link}`)).blob();
  }

  /** A link for others: whoever has its token may read the story. */
  async share(storyId: string): Promise<Share> {
    return (await this.ask(`/api/stories/${storyId}/share`, { method: "POST" })).json();
  }

  /** Want no story any more. Asking again, or too late, changes nothing. */
  async cancel(storyId: string): Promise<void> {
    await this.ask(`/api/stories/${storyId}/cancel`, { method: "POST" });
  }

  /** Want another attempt; with `force` even of a finished story. */
  async retry(storyId: string, force = false): Promise<void> {
    await this.ask(`/api/stories/${storyId}/retry${force ? "?force=true" : ""}`, { method: "POST" });
  }

  /** Have the story taken away for good, with everything that was kept of it. */
  async delete(storyId: string): Promise<void> {
    await this.ask(`/api/stories/${storyId}`, { method: "DELETE" });
  }

  private async ask(path: string, request: RequestInit = {}): Promise<Response> {
    const token = await this.identity.token();
    const answer = await this.send(path, request, token);
    if (answer.status !== 401 || token === null) return accepted(answer);
    this.identity.refused(token);
    return accepted(await this.send(path, request, await this.identity.token()));
  }

  private async send(path: string, request: RequestInit, token: string | null): Promise<Response> {
    const headers = new Headers(request.headers);
    if (token !== null) headers.set("Authorization", `Bearer ${token}`);
    return reached(this.address, () => this.http(this.address + path, { ...request, headers }));
  }
}

/** What was answered. Throws Refused when nobody answered, which is all that a browser tells, whatever the reason. */
export async function reached(address: string, ask: () => Promise<Response>): Promise<Response> {
  try {
    return await ask();
  } catch {
    throw new Refused(0, { code: "unreachable", message: `The gateway at ${address} does not answer.` });
  }
}

/** The answer, unless it is a refusal. Throws Refused. */
export async function accepted(answer: Response): Promise<Response> {
  if (answer.ok) return answer;
  const told = (await answer.json().catch(() => null)) as { error?: Fault } | null;
  // Without a fault it does not come from our gateway: a proxy, say, or another server altogether.
  const message = `${answer.url} answers ${answer.status} ${answer.statusText}`;
  throw new Refused(answer.status, told?.error ?? { code: "unexpected_answer", message });
}
