/** Made when first asked for: a schema is slow to make, and most emulators are asked for few of them. */
export function once<Made>(make: () => Made): () => Made {
  let made: { readonly value: Made } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** Made when first asked for, and again where that failed: too many files were open, or a folder was not in order. */
export function untilItFails<Made>(make: () => Promise<Made>): () => Promise<Made> {
  let made: Promise<Made> | undefined;
  return () =>
    (made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    }));
}
