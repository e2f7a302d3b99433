/** A number for a visitor's identity, the same in every process: it decides which part a visitor's rows go to. */

/** FNV-1a over UTF-16 code units, then mixed so that the upper bits depend on all of them. Unsigned, 32 bits. */
export function identityHash(identity: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < identity.length; index += 1) {
    hash = Math.imul(hash ^ identity.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
