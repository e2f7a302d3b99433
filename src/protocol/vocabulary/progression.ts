/** How a batch gets from accepted to its end, as data: said for the whole emulator, for a client code or for one batch. */
import { DAY_MS } from './limits.ts';

export type Progression =
  /** Applied at once. */
  | { readonly kind: 'immediate' }
  /** After the delay of a realistic pace, and `incomplete` at least once. */
  | { readonly kind: 'realistic' }
  /** After so many milliseconds of the emulator's clock. */
  | { readonly kind: 'duration'; readonly ms: number }
  /** After so many status requests, all of which are answered `incomplete`. */
  | { readonly kind: 'polls'; readonly polls: number }
  /** When it is released. */
  | { readonly kind: 'manual' }
  /** Never applied: after `ms` (0) its status is `stuck`. */
  | { readonly kind: 'stuck'; readonly ms?: number | undefined };

/** The longest that a batch can be told to wait: a year, and more polls than anybody sends. */
export const PROGRESSION_MS_MAX = 366 * DAY_MS;
export const PROGRESSION_POLLS_MAX = 1_000_000;
