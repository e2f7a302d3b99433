import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { memoryPlace } from '../../../../src/server/store/store-place.ts';
import { orderedProfiles } from '../../../../src/server/store/ordered-profiles.ts';
import type { ProfileHash } from '../../../../src/server/store/profile-key.ts';
import { type ProfileAddress, profileTable } from '../../../../src/server/store/profile-table.ts';

const places: { readonly database: { close(): void } }[] = [];
afterEach(() => {
  for (const { database } of places.splice(0)) database.close();
});

/** A number in the identity is its hash, so that a test says what collides and what lies before what. */
const spelledHash: ProfileHash = () => ({
  ofText: (identity) => Number.parseInt(identity, 10),
  ofAscii: (bytes, start, end) => Number.parseInt(Buffer.from(bytes.slice(start, end)).toString('latin1'), 10),
});

function openTables() {
  const place = memoryPlace();
  places.push(place);
  const profiles = profileTable(place.database, spelledHash);
  const ordered = orderedProfiles(place.database, profiles);
  const rows = () =>
    place.database.prepare('SELECT h, kind, key, modified_at, active_at, linked, record FROM profile').raw().all();
  return { profiles, ordered, rows };
}

const thirdParty = (identity: string): ProfileAddress => ({ generation: 1, kind: 'thirdPartyId', identity });
const content = (record: string) => ({ modifiedAt: null, activeAt: null, record });
const hashOf = ({ identity }: ProfileAddress) => Number.parseInt(identity, 10);

describe('a slice of rows', () => {
  const operation = fc.record({
    // Few places, and two identities for each: collisions, probing and repeated ids are the rule.
    identity: fc.tuple(fc.integer({ min: 0, max: 40 }), fc.constantFrom('a', 'b')).map(([h, name]) => `${h}${name}`),
    // Not only rows in order: `undefined` is a row of a batch applied in the order of the file.
    isHashKnown: fc.boolean(),
    kind: fc.constantFrom('thirdPartyId' as const, 'pcId' as const),
    what: fc.constantFrom('write' as const, 'write' as const, 'look' as const, 'timed' as const),
    endsSlice: fc.nat({ max: 9 }).map((draw) => draw === 0),
  });

  it('leaves what the table leaves without any of this, in any order', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 120 }), fc.boolean(), (operations, isSorted) => {
        const plain = openTables();
        const { ordered, rows } = openTables();
        const steps = isSorted
          ? operations.toSorted((a, b) => Number.parseInt(a.identity, 10) - Number.parseInt(b.identity, 10))
          : operations;
        ordered.begin();
        for (const [index, { identity, isHashKnown, kind, what, endsSlice }] of steps.entries()) {
          const address = { generation: 1, kind, identity };
          const hash = isHashKnown ? hashOf(address) : undefined;
          const slot = ordered.resolve(address, hash);
          const expected = plain.profiles.resolve(address, hash);
          expect(slot).toEqual(expected);
          if (what !== 'look') {
            const written = { ...content(`=${index},,\n`), activeAt: what === 'timed' ? index : null };
            ordered.write(slot, written);
            plain.profiles.write(expected, written);
          }
          if (endsSlice) {
            ordered.flush();
            ordered.begin();
          }
        }
        ordered.flush();
        expect(rows()).toEqual(plain.rows());
      }),
      { numRuns: 60 },
    );
  });

  it.each([1, 31, 32, 33, 64, 100])('of %i new profiles is there after its end', (count) => {
    const { ordered, profiles, rows } = openTables();
    profiles.write(profiles.find(thirdParty('50x')), content('kept'));
    ordered.begin();
    for (let index = 0; index < count; index += 1) {
      const address = thirdParty(`${index * 3}a`);
      ordered.write(ordered.resolve(address, hashOf(address)), content(String(index)));
    }
    ordered.flush();
    expect(rows()).toHaveLength(count + 1);
    expect(profiles.find(thirdParty('50x')).record).toBe('kept');
  });

  it('sees what others wrote between two slices', () => {
    const { ordered, profiles } = openTables();
    ordered.begin();
    ordered.resolve(thirdParty('1a'), 1);
    ordered.flush();
    profiles.write(profiles.find(thirdParty('7a')), content('between'));
    ordered.begin();
    expect(ordered.resolve(thirdParty('7a'), 7).record).toBe('between');
  });

  it('forgets the rows of a slice that failed', () => {
    const { ordered, rows } = openTables();
    ordered.begin();
    ordered.write(ordered.resolve(thirdParty('1a'), 1), content('of a failed slice'));
    ordered.begin();
    ordered.flush();
    expect(rows()).toEqual([]);
  });

  it('follows an alias to a profile that waits to be written', () => {
    const { ordered, profiles } = openTables();
    const alias = { generation: 1, kind: 'pcId' as const, identity: '90p' };
    profiles.writeLink(profiles.find(alias), '5t');
    ordered.begin();
    ordered.write(ordered.resolve(thirdParty('5t'), 5), content('new'));
    expect(ordered.resolve(alias, 90)).toMatchObject({ kind: 'thirdPartyId', identity: '5t', record: 'new' });
  });
});
