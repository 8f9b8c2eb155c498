/** Who a client speaks as: gives tokens, and is told when one was refused. */
export interface Identity {
  /** The token to speak with; null speaks as nobody in particular. Throws Refused when there is none to be had. */
  token(): Promise<string | null>;
  /** This token was not accepted: the next one has to be another. */
  refused(token: string): void;
  /** Hear of tokens that take the place of one before it ends; the answer ends it. */
  renewed(listener: (token: string) => void): () => void;
}

/** Speaks as nobody in particular. */
export const nobody: Identity = { token: async () => null, refused: () => {}, renewed: () => () => {} };
