/** Addresses put together and taken apart: those of pages, and those of the control API. */

export type Query = Readonly<Record<string, string | number | undefined>>;

/** `batches`, `demo-1`, `rows` and a query become a path, each part encoded; what is undefined or empty is left out. */
export function pathOf(segments: readonly (string | number)[], query: Query = {}): string {
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') asked.set(name, String(value));
  }
  const path = segments.map((segment) => encodeURIComponent(segment)).join('/');
  return asked.size === 0 ? path : `${path}?${asked.toString()}`;
}

/** What is no percent-encoding was written by hand: it stands for itself. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
