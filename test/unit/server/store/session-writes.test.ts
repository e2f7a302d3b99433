import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../../../src/protocol/vocabulary/index.ts';
import { explainProfile } from '../../../../src/server/explain/explain-profile.ts';
import { memoryPlace } from '../../../../src/server/store/store-place.ts';
import { DEMO, NOW, openTestStore, pcId, thirdPartyId } from './store-fixture.ts';

const HALF_HOUR_MS = 30 * 60_000;
const IN_SESSIONS = { ...DEFAULT_SETTINGS, sessionWrites: 'after-30-minutes' } as const;

function open() {
  const place = memoryPlace();
  const { store, reader } = openTestStore({ place });
  store.writeSettings(DEMO, IN_SESSIONS);
  const call = (id: string, values: Readonly<Record<string, string>>, now = NOW, customer?: string) => {
    const attributes = Object.entries(values).map(([name, value]) => ({ name, value }));
    store.visit({ client: DEMO, pcId: id, thirdPartyId: customer, newPcId: 'unused', attributes, now });
  };
  const valuesAt = (now: number, id = pcId('P')) =>
    reader.profile(DEMO, id, now)?.attributes.map(({ name, value, modifiedAt }) => [name, value, modifiedAt]);
  return { store, reader, database: place.database, call, valuesAt };
}

describe('mrg-memory: what is said in a session', () => {
  it('is written at its end and counts as written then, and the visitor lives from the last call on', () => {
    const { reader, call, valuesAt } = open();
    call('P', { a: 'first', b: 'kept' });
    call('P', { a: 'second,%\n' }, NOW + 1);
    const end = NOW + 1 + HALF_HOUR_MS;
    expect(valuesAt(end - 1)).toBeUndefined();
    expect(valuesAt(end)).toEqual([
      ['b', 'kept', end],
      ['a', 'second,%\n', end],
    ]);
    const writes = reader.profileWrites(DEMO, pcId('P'), end);
    expect(writes).toMatchObject({ kind: 'profile', modifiedAt: end, livesUntil: NOW + 1 + 14 * 86_400_000 });
  });

  it('is told by an explanation before, with when it is due, and in the view as what it is', () => {
    const { reader, database, call } = open();
    call('P', { a: '1' });
    const told = explainProfile(reader, DEMO, pcId('P'), NOW, undefined);
    const end = NOW + HALF_HOUR_MS;
    expect(told).toMatchObject({
      kind: 'profile',
      attributes: [{ name: 'a', layer: 'session', visible: false, modifiedAt: end, rule: undefined }],
      rules: [{ id: 'mrg-memory' }],
    });
    const view = database.prepare('SELECT name, value, layer, modified_at FROM profile_attribute').all();
    expect(view).toEqual([{ name: 'a', value: '1', layer: 'session', modified_at: end }]);
  });

  it('goes with a visitor who is forgotten, and the deletion says that there was one', () => {
    const { store, call, valuesAt } = open();
    call('P', { a: '1' });
    expect(store.deleteVisitor(DEMO, pcId('P'), NOW)).toBe(true);
    expect(valuesAt(NOW + HALF_HOUR_MS)).toBeUndefined();
  });

  it('survives a seed, which makes the visitor known at once, and is the last word all the same', () => {
    const { store, call, valuesAt } = open();
    call('P', { a: 'said' });
    store.seedProfiles([{ client: DEMO, id: pcId('P'), attributes: [{ name: 'a', value: 'seeded' }], now: NOW + 5 }]);
    expect(valuesAt(NOW + 5)).toEqual([['a', 'seeded', NOW + 5]]);
    expect(valuesAt(NOW + HALF_HOUR_MS)).toEqual([['a', 'said', NOW + HALF_HOUR_MS]]);
  });

  it('ends with the next call once the setting says that nothing waits', () => {
    const { store, call, valuesAt } = open();
    call('P', { a: '1' });
    store.writeSettings(DEMO, DEFAULT_SETTINGS);
    call('P', {}, NOW + 7);
    expect(valuesAt(NOW + 7)).toEqual([['a', '1', NOW + 7]]);
  });

  it('counts in the budget as if it were written', () => {
    const { store, call, valuesAt } = open();
    const big = 'x'.repeat(65_536 - 2);
    store.seedProfiles([{ client: DEMO, id: pcId('P'), attributes: [{ name: 'a', value: big }], now: NOW }]);
    call('P', { b: '' }, NOW + 1);
    expect(valuesAt(NOW + 1)).toHaveLength(1);
    call('P', { c: '12' }, NOW + 1);
    expect(valuesAt(NOW + 1)).toEqual([]);
    expect(valuesAt(NOW + 1 + HALF_HOUR_MS)).toHaveLength(2);
  });

  it('mrg-3rd-wins: comes along to the customer, but for names that the customer has', () => {
    const { store, call, valuesAt } = open();
    const attributes = [{ name: 'a', value: 'customer' }];
    store.seedProfiles([{ client: DEMO, id: thirdPartyId('T'), attributes, now: NOW }]);
    call('other', { b: 'customer' }, NOW, 'T');
    call('P', { a: 'anonymous', b: 'anonymous', c: 'anonymous' });
    call('P', {}, NOW + 1, 'T');
    const end = NOW + 1 + HALF_HOUR_MS;
    expect(valuesAt(NOW + 1, thirdPartyId('T'))).toEqual([['a', 'customer', NOW]]);
    expect(valuesAt(end, thirdPartyId('T'))).toEqual([
      ['a', 'customer', NOW],
      ['c', 'anonymous', end],
      ['b', 'customer', end],
    ]);
  });
});
