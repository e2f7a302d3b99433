/** A number for a visitor's identity, the same in every process: it says which part its rows go to, and whether they come again. */

/** 53 bits, each of which depends on all of the identity. Two million ids share one with a chance of 1 in 4,500. */
export function identityKey(identity: string): number {
  let high = 0x9e3779b9;
  let low = 0x85ebca6b;
  for (let index = 0; index < identity.length; index += 1) {
    const unit = identity.charCodeAt(index);
    high = Math.imul(high ^ unit, 0x01000193);
    low = Math.imul(low ^ unit, 0x5bd1e995) ^ (low >>> 15);
  }
  high = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ low;
  low = Math.imul(low ^ (low >>> 13), 0xc2b2ae35) ^ (high >>> 15);
  return ((high >>> 0) & 0x1fffff) * 0x1_0000_0000 + (low >>> 0);
}
