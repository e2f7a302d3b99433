/** Made when first asked for: a schema is slow to make, and most emulators are asked for few of them. */
export function once<Made>(make: () => Made): () => Made {
  let made: { readonly value: Made } | undefined;
  return () => (made ??= { value: make() }).value;
}
