/** Where a profile lies in its table: a 53-bit hash of whose it is, so that one number is the whole primary key. */
import type { KnownIdKind } from '../../protocol/vocabulary/index.ts';

/** What a row of the table is about: an id that leads to a profile, or what files said of a customer. */
export type RowKind = KnownIdKind | 'customerRecord';

export interface ProfileHasher {
  /** `identity` is what rule our-location-hint makes of a decoded id. */
  ofText(identity: string): number;
  /** The same number for bytes that are all ASCII, without making a string of them. */
  ofAscii(bytes: Uint8Array, start: number, end: number): number;
}

/** Makes hashers; a test passes one of its own to make everything collide. */
export type ProfileHash = (generation: number, kind: RowKind) => ProfileHasher;

/**
 * Two 32-bit lanes over UTF-16 code units (cyrb53), seeded with whose ids they are: pure arithmetic on small integers,
 * the same on every machine. Not made to withstand somebody who wants collisions: those cost probes, never a mix-up.
 */
export const profileHash: ProfileHash = (generation, kind) => {
  const seed = Math.imul(generation, 2) ^ KIND_SALTS[kind];
  const laneA = Math.imul(0xdeadbeef ^ seed, 0x85ebca6b);
  const laneB = Math.imul(0x41c6ce57 ^ seed, 0xc2b2ae35);
  return {
    ofText(identity) {
      let a = laneA;
      let b = laneB;
      // What files said of a customer lies beside the profile of that id: the source's number does not count.
      const start = kind === 'customerRecord' ? identity.indexOf(',') + 1 : 0;
      for (let index = start; index < identity.length; index += 1) {
        const unit = identity.charCodeAt(index);
        a = Math.imul(a ^ unit, 2654435761);
        b = Math.imul(b ^ unit, 1597334677);
      }
      return finish(a, b);
    },
    ofAscii(bytes, start, end) {
      let a = laneA;
      let b = laneB;
      for (let index = start; index < end; index += 1) {
        const unit = bytes[index]!;
        a = Math.imul(a ^ unit, 2654435761);
        b = Math.imul(b ^ unit, 1597334677);
      }
      return finish(a, b);
    },
  };
};

/** What is stored lies where they say: they never change. */
const KIND_SALTS: Readonly<Record<RowKind, number>> = {
  pcId: 0,
  thirdPartyId: 1,
  customerRecord: 1,
  marketingCloudVisitorId: 0x40000000,
};

/** Near enough to the order of the table, and equal for equal identities. */
export const upperBits = (hash: number): number => Math.floor(hash / 2 ** 21) >>> 0;

/** 21 bits of one lane above the 32 of the other. The topmost value is left out: probing h + 1 never leaves 53 bits. */
function finish(a: number, b: number): number {
  let first = Math.imul(a ^ (a >>> 16), 2246822507);
  first ^= Math.imul(b ^ (b >>> 13), 3266489909);
  let second = Math.imul(b ^ (b >>> 16), 2246822507);
  second ^= Math.imul(first ^ (first >>> 13), 3266489909);
  return Math.min(second & 0x1fffff, 0x1ffffe) * 0x100000000 + (first >>> 0);
}
