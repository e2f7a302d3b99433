/** The one thing that no seed may decide. */
import { hash, randomBytes } from 'node:crypto';

/** 144 bits, in characters that need no quoting anywhere. */
export const newSecret = (): string => randomBytes(18).toString('base64url');

/** Digests whose key dies with the process: equal for equal texts, and nothing to whoever guesses at these later. */
export function digestsOfThisRun(): (text: string) => string {
  const key = newSecret();
  return (text) => hash('sha256', key + text, 'base64url').slice(0, DIGEST_CHARS);
}

/** 132 bits: enough that no two texts share one. */
const DIGEST_CHARS = 22;
