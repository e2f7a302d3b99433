import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../../../src/protocol/vocabulary/index.ts';
import type { ClientCode } from '../../../../src/protocol/vocabulary/index.ts';
import { memoryPlace } from '../../../../src/server/store/store-place.ts';
import type { ProfileHash } from '../../../../src/server/store/profile-key.ts';
import { NOW, openTestStore, thirdPartyId, WEAK_HASH } from './store-fixture.ts';

const client = (code: string) => code as ClientCode;

/** Neighbouring places, some of them hashed to by several ids. */
const CROWDED_HASH: ProfileHash = () => ({
  ofText: (identity) => 100 + (identity.charCodeAt(0) % 5),
  ofAscii: (bytes, start) => 100 + (bytes[start]! % 5),
});

describe('dropping a client code', () => {
  it.each([1, 2_000])('writes the same two rows whether it owns %d profiles and as many rows', (size) => {
    const place = memoryPlace();
    const { store, apply, reader } = openTestStore({ place });
    const gone = client('gone');
    store.openClient(gone, DEFAULT_SETTINGS);
    apply({
      client: gone,
      rows: Array.from({ length: size }, (_, index) => ({ id: `id-${index}`, values: { a: 'v' } })),
    });
    const changes = () => place.database.prepare('SELECT total_changes()').pluck().get() as number;
    const before = changes();
    store.dropClient(gone);
    expect(changes() - before).toBe(2);
    expect(reader.profiles(gone, { limit: 1, now: NOW }).items).toEqual([]);
    expect(reader.batches({ client: gone, limit: 1 }).items).toEqual([]);
  });
});

describe('sweeping', () => {
  it.each([
    ['one place', WEAK_HASH],
    ['neighbouring places', CROWDED_HASH],
  ])('profiles that collide at %s are found however many between them are swept', (_, hash) => {
    const owner = fc.constantFrom('keep', 'drop-1', 'drop-2');
    const ids = fc.uniqueArray(
      fc.record({ owner, id: fc.string({ unit: fc.constantFrom(...'abcdefg'), minLength: 1, maxLength: 2 }) }),
      {
        selector: (each) => `${each.owner} ${each.id}`,
        maxLength: 20,
      },
    );
    fc.assert(
      fc.property(ids, (profiles) => {
        const place = memoryPlace();
        const { store, reader } = openTestStore({ place, hash });
        for (const code of ['keep', 'drop-1', 'drop-2']) store.openClient(client(code), DEFAULT_SETTINGS);
        for (const { owner: code, id } of profiles) {
          store.seedProfiles([
            {
              client: client(code),
              id: thirdPartyId(id),
              attributes: [{ name: 'who', value: `${code} ${id}` }],
              now: NOW,
            },
          ]);
        }
        store.dropClient(client('drop-1'));
        store.dropClient(client('drop-2'));
        for (let more = true; more;) more = store.sweep();
        const kept = profiles.filter(({ owner: code }) => code === 'keep');
        for (const { id } of kept) {
          expect(reader.profile(client('keep'), thirdPartyId(id), NOW)?.attributes[0]?.value).toBe(`keep ${id}`);
        }
        expect(place.database.prepare('SELECT count(*) FROM profile').pluck().get()).toBe(kept.length);
        store.close();
      }),
      { numRuns: 100 },
    );
  });

  it('reclaims batches, bodies, outcomes and names in bounded steps, and nothing of the living', async () => {
    const place = memoryPlace();
    const { store, reader, apply, bodies } = openTestStore({ place });
    const gone = client('gone');
    store.openClient(gone, DEFAULT_SETTINGS);
    const rows = Array.from({ length: 50 }, (_, index) => ({ id: `id-${index}`, values: { [`name-${index}`]: 'v' } }));
    const kept = apply({ rows });
    for (let batch = 0; batch < 30; batch += 1) {
      const sink = bodies.open();
      await sink.write(Buffer.alloc(100_000, 'x'));
      apply({ client: gone, rows, body: await sink.finish() });
    }
    expect(place.bodies.names()).toHaveLength(30);
    store.dropClient(gone);
    let steps = 0;
    for (let more = true; more;) {
      more = store.sweep();
      steps += 1;
    }
    expect(steps).toBeGreaterThan(2);
    expect(place.bodies.names()).toHaveLength(0);
    const count = (table: string) => place.database.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
    expect(
      ['batch', 'batch_body', 'outcome_slice', 'attribute_name', 'profile', 'dropped_generation'].map(count),
    ).toEqual([1, 1, 1, 50, 50, 0]);
    expect(reader.rows(kept, { limit: 1 }).items).toHaveLength(1);
    expect(store.sweep()).toBe(false);
  });
});
