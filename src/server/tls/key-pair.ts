/** A certificate and its private key, both as PEM. Apart from what makes them, so that declarations name no library. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}
