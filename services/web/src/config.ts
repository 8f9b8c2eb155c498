/** What the page's server tells it. */
export interface Config {
  /** Where the gateway is. */
  readonly gateway: string;
}

/** The page's server, asked; while it is away the page uses what it was told last. */
export async function readConfig(): Promise<Config> {
  try {
    const told = await (await fetch("/config.json")).text();
    localStorage.setItem("storywire.config", told);
    return JSON.parse(told);
  } catch {
    return JSON.parse(localStorage.getItem("storywire.config") ?? '{"gateway":"http://localhost:3001"}');
  }
}
