/**
 * Where the entries of this run are that may be about a visitor: to look for a mark in all entries of a client code would
 * take as long as the journal is. Each is one number, of the entry's sequence and 24 bits of the mark.
 */
export function visitorMarks() {
  const places = new Map<string, number[]>();
  const bitsOf = (mark: string) => Buffer.from(mark.slice(0, 4), 'base64url').readUIntBE(0, 3);
  return {
    add(client: string, mark: string, sequence: number): void {
      const place = sequence * MARK_RANGE + bitsOf(mark);
      const known = places.get(client);
      if (known === undefined) places.set(client, [place]);
      else known.push(place);
    },
    evict(client: string, upTo: number): void {
      const left = places.get(client)?.filter((place) => place >= (upTo + 1) * MARK_RANGE) ?? [];
      if (left.length === 0) places.delete(client);
      else places.set(client, left);
    },
    clear(client: string | undefined): void {
      if (client === undefined) places.clear();
      else places.delete(client);
    },
    /** Their sequences, the latest first. */
    find(client: string, marks: readonly string[]): ReadonlySet<number> {
      const wanted = new Set(marks.map(bitsOf));
      const hits = (places.get(client) ?? []).filter((place) => wanted.has(place % MARK_RANGE));
      return new Set(hits.toReversed().map((place) => Math.floor(place / MARK_RANGE)));
    },
  };
}

const MARK_RANGE = 2 ** 24;
