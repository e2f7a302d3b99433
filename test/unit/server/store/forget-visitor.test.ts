import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KnownId } from '../../../../src/protocol/vocabulary/index.ts';
import type { ProfileHash } from '../../../../src/server/store/profile-key.ts';
import { DEMO, NOW, openTestStore, pcId, thirdPartyId, WEAK_HASH } from './store-fixture.ts';

/** Neighbouring places, some of them hashed to by several ids. */
const CROWDED_HASH: ProfileHash = () => ({
  ofText: (identity) => 100 + (identity.charCodeAt(0) % 3),
  ofAscii: (bytes, start) => 100 + (bytes[start]! % 3),
});

const ecid = (value: string): KnownId => ({ kind: 'marketingCloudVisitorId', value });
const IDS = ['a', 'b', 'c', 'd'];
const EVERYBODY = IDS.flatMap((id) => [pcId(id), thirdPartyId(id), ecid(id)]);

const maybe = fc.option(fc.constantFrom(...IDS), { nil: undefined, freq: 1 });
const visits = fc.record({ kind: fc.constant('visit' as const), pc: maybe, third: maybe, ecid: maybe });
const deletions = fc.record({ kind: fc.constant('delete' as const), id: fc.constantFrom(...EVERYBODY) });
const acts = fc.array(fc.oneof({ weight: 3, arbitrary: visits }, { weight: 1, arbitrary: deletions }), {
  maxLength: 12,
});
type Acts = typeof acts extends fc.Arbitrary<infer Value> ? Value : never;

/** What the store says to each, and who is there afterwards with which attributes. */
function storyOf(story: Acts, hash?: ProfileHash): unknown {
  const { store, reader } = openTestStore(hash === undefined ? {} : { hash });
  const said = story.map((act, index) =>
    act.kind === 'delete'
      ? store.deleteVisitor(DEMO, act.id, NOW)
      : store.visit({
          client: DEMO,
          pcId: act.pc,
          thirdPartyId: act.third,
          marketingCloudVisitorId: act.ecid,
          attributes: [{ name: `n${index}`, value: '1' }],
          newPcId: `new${index}`,
          now: NOW,
        }),
  );
  const seen = EVERYBODY.map((id) => {
    const profile = reader.profile(DEMO, id, NOW);
    return profile && [profile.linked, profile.attributes.map(({ name }) => name).toSorted()];
  });
  const listed = reader
    .profiles(DEMO, { limit: 100, now: NOW })
    .items.map(({ id }) => JSON.stringify(id))
    .toSorted();
  store.close();
  return { said, seen, listed };
}

describe('a visitor who is forgotten', () => {
  it.each([
    ['one place', WEAK_HASH],
    ['neighbouring places', CROWDED_HASH],
  ])('leaves everybody else where they are found, though all collide at %s', (_, hash) => {
    fc.assert(
      fc.property(acts, (story) => {
        expect(storyOf(story, hash)).toEqual(storyOf(story));
      }),
    );
  });

  it('leaves no row behind, not even one whose lifetime is over', () => {
    const { store, reader } = openTestStore();
    const given = { client: DEMO, pcId: 'P', thirdPartyId: 'T', marketingCloudVisitorId: 'E', newPcId: 'new' };
    store.visit({ ...given, now: NOW });
    const later = NOW + 20 * 86_400_000;
    expect(reader.profileWrites(DEMO, thirdPartyId('T'), later)?.kind).toBe('expired');
    expect(store.deleteVisitor(DEMO, ecid('E'), later)).toBe(false);
    expect(reader.profileWrites(DEMO, thirdPartyId('T'), later)).toBeUndefined();
    // The ECID is nobody's any more.
    expect(store.visit({ ...given, pcId: undefined, thirdPartyId: undefined, now: later }).pcId).toBe('new');
  });

  it('is not the one whose pcId is spelled like an unknown ECID', () => {
    const { store, reader } = openTestStore();
    store.visit({
      client: DEMO,
      pcId: '7',
      thirdPartyId: undefined,
      marketingCloudVisitorId: 'E',
      newPcId: '',
      now: NOW,
    });
    expect(store.deleteVisitor(DEMO, ecid('7'), NOW)).toBe(false);
    expect(reader.profile(DEMO, ecid('E'), NOW)?.linked).toEqual(pcId('7'));
  });
});
