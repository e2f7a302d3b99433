import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { profileHash } from '../../../../src/server/store/profile-key.ts';

describe('the hash of a profile', () => {
  it('is the same for text and for its ASCII bytes, wherever they lie', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii' }), fc.nat(9), (identity, at) => {
        const hasher = profileHash(3, 'thirdPartyId');
        const bytes = Buffer.concat([Buffer.alloc(at, 0x2c), Buffer.from(identity), Buffer.from(',rest')]);
        expect(hasher.ofAscii(bytes, at, at + identity.length)).toBe(hasher.ofText(identity));
      }),
    );
  });

  it('leaves room above it for probing, within what a number holds exactly', () => {
    fc.assert(
      fc.property(fc.nat(), fc.string(), (generation, identity) => {
        const hash = profileHash(generation, 'pcId').ofText(identity);
        expect(hash).toBeGreaterThanOrEqual(0);
        expect(Number.isSafeInteger(hash + 2 ** 31)).toBe(true);
      }),
    );
  });

  it('depends on the client, on the kind of id and on the id', () => {
    const hashes = [
      profileHash(1, 'pcId').ofText('a'),
      profileHash(2, 'pcId').ofText('a'),
      profileHash(1, 'thirdPartyId').ofText('a'),
      profileHash(1, 'pcId').ofText('b'),
    ];
    expect(new Set(hashes).size).toBe(4);
  });

  it('never changes: databases of released versions are keyed by it', () => {
    expect(profileHash(1, 'pcId').ofText('1436187396849-250353')).toBe(3315783865094776);
    expect(profileHash(7, 'thirdPartyId').ofText('kunde-ü')).toBe(1285882421904706);
  });

  it('spreads ids that differ in one digit', () => {
    const hasher = profileHash(1, 'thirdPartyId');
    const hashes = Array.from({ length: 100_000 }, (_, index) => hasher.ofText(`customer-${index}`));
    expect(new Set(hashes).size).toBe(100_000);
    const buckets = new Uint32Array(256);
    for (const hash of hashes) buckets[Math.floor(hash / 2 ** 45)]! += 1;
    expect(Math.min(...buckets)).toBeGreaterThan(250);
    expect(Math.max(...buckets)).toBeLessThan(550);
  });
});
