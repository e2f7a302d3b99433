/** What the build puts into the console beside its sources. */
declare module 'built:console' {
  /** By the sample's name: where it is served, relative to the page. */
  export const samples: Readonly<Record<string, string>>;
  /** By rule: the tests that prove it, below the repository's `test/`. */
  export const proofs: Readonly<Record<string, readonly string[]>>;
  /** By the key of a source: the document's address. */
  export const addresses: Readonly<Record<string, string>>;
  /** What happens with each fault, as docs/faults.md says. */
  export const faults: Readonly<Record<string, string>>;
}
