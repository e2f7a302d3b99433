/** Chance as an argument: one seed, one stream for each purpose, so that a new draw somewhere changes nothing elsewhere. */

export type Purpose = 'ids' | 'faults' | 'jitter' | 'loss' | 'clients' | 'simulation';

export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** A whole number from `min` to `max`, both included. */
  integer(min: number, max: number): number;
  /** Remembers the place in the stream; the returned function goes back to it. */
  remember?(): () => void;
}

/**
 * The stream for one purpose of one seed: mulberry32 over FNV-1a of both. With a `key` the draws belong to the thing it
 * names, whatever else was drawn before: concurrency cannot reorder them.
 */
export function randomFor(seed: number, purpose: Purpose, key?: string): Random {
  let state = 0x811c9dc5;
  for (const character of key === undefined ? `${seed}/${purpose}` : `${seed}/${purpose}/${key}`) {
    state = Math.imul(state ^ character.charCodeAt(0), 0x01000193) >>> 0;
  }
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  return {
    next,
    integer: (min, max) => min + Math.floor(next() * (max - min + 1)),
    remember() {
      const kept = state;
      return () => {
        state = kept;
      };
    },
  };
}
