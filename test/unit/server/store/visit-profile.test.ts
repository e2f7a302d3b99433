import { describe, expect, it } from 'vitest';
import type { Settings } from '../../../../src/protocol/vocabulary/index.ts';
import { DEFAULT_SETTINGS } from '../../../../src/protocol/vocabulary/index.ts';
import { memoryPlace } from '../../../../src/server/store/store-place.ts';
import { DEMO, NOW, openTestStore, pcId, thirdPartyId, WEAK_HASH } from './store-fixture.ts';

const DAY_MS = 86_400_000;

describe.each([
  ['the real hash', {}],
  ['a hash under which everything collides', { hash: WEAK_HASH }],
])('visits, with %s', (_, options) => {
  const open = () => {
    const opened = openTestStore(options);
    const visit = (given: { pcId?: string; thirdPartyId?: string }, now = NOW, newPcId = 'new') =>
      opened.store.visit({ client: DEMO, pcId: given.pcId, thirdPartyId: given.thirdPartyId, newPcId, now });
    return { ...opened, visit };
  };

  it('mrg-create-tnt: a visitor without ids gets the new pcId and an empty profile', () => {
    const { visit, reader } = open();
    expect(visit({})).toEqual({ pcId: 'new', thirdPartyId: undefined, created: true });
    expect(visit({ pcId: 'new' })).toEqual({ pcId: 'new', thirdPartyId: undefined, created: false });
    expect(reader.profile(DEMO, pcId('new'), NOW)).toMatchObject({
      attributes: [],
      linked: undefined,
      modifiedAt: NOW,
    });
  });

  it('a second visit is no modification', () => {
    const { visit, reader } = open();
    visit({}, NOW);
    visit({ pcId: 'new' }, NOW + 5);
    expect(reader.profile(DEMO, pcId('new'), NOW + 5)!.modifiedAt).toBe(NOW);
  });

  it('mrg-create-3rd, mrg-map: an unknown thirdPartyId is created and linked with the new pcId, and keeps it', () => {
    const { visit, reader, store } = open();
    expect(store.hasLinks(DEMO)).toBe(false);
    expect(visit({ thirdPartyId: 'T' })).toEqual({ pcId: 'new', thirdPartyId: 'T', created: true });
    expect(visit({ thirdPartyId: 'T' }, NOW, 'newer')).toEqual({ pcId: 'new', thirdPartyId: 'T', created: false });
    expect(store.hasLinks(DEMO)).toBe(true);
    expect(reader.profile(DEMO, thirdPartyId('T'), NOW)!.linked).toEqual(pcId('new'));
    expect(reader.profile(DEMO, pcId('new'), NOW)!.linked).toEqual(thirdPartyId('T'));
  });

  it('mrg-3rd-wins: what the pcId had joins the profile of the thirdPartyId, which wins, with its times', () => {
    const { visit, apply, reader } = open();
    apply({ idKind: 'pcId', rows: [{ id: 'P', values: { a: 'anonymous', b: 'anonymous' } }], now: NOW });
    apply({ rows: [{ id: 'T', values: { a: 'known', c: 'known' } }], now: NOW + 1 });
    expect(visit({ pcId: 'P', thirdPartyId: 'T' }, NOW + 2).created).toBe(false);
    const expected = {
      modifiedAt: NOW + 1,
      attributes: [
        { name: 'a', value: 'known', modifiedAt: NOW + 1, layer: 'base', batch: 2, row: 1 },
        { name: 'c', value: 'known', modifiedAt: NOW + 1, layer: 'base', batch: 2, row: 1 },
        { name: 'b', value: 'anonymous', modifiedAt: NOW, layer: 'base', batch: 1, row: 1 },
      ],
    };
    expect(reader.profile(DEMO, pcId('P'), NOW + 2)).toEqual({
      id: pcId('P'),
      linked: thirdPartyId('T'),
      ...expected,
    });
    expect(reader.profile(DEMO, thirdPartyId('T'), NOW + 2)).toEqual({
      id: thirdPartyId('T'),
      linked: pcId('P'),
      ...expected,
    });
  });

  it('mrg-map: a thirdPartyId without a profile takes over that of the pcId', () => {
    const { visit, apply, attributes, reader } = open();
    apply({ idKind: 'pcId', rows: [{ id: 'P', values: { a: '1' } }], now: NOW });
    expect(visit({ pcId: 'P', thirdPartyId: 'T' }, NOW + 9).created).toBe(false);
    expect(attributes(thirdPartyId('T'))).toEqual(new Map([['a', '1']]));
    expect(reader.profile(DEMO, thirdPartyId('T'), NOW + 9)!.modifiedAt).toBe(NOW);
  });

  it('mrg-sticky: writes and fetches by a linked pcId reach the profile of the thirdPartyId', () => {
    const { visit, apply, store, attributes } = open();
    visit({ pcId: 'P', thirdPartyId: 'T' });
    apply({ idKind: 'pcId', rows: [{ id: 'P.28_20', values: { a: 'bulk' } }] });
    store.updateProfile({ client: DEMO, id: pcId('P'), attributes: [{ name: 'b', value: 'single' }], now: NOW });
    expect(attributes(thirdPartyId('T'))).toEqual(
      new Map([
        ['a', 'bulk'],
        ['b', 'single'],
      ]),
    );
  });

  it('key-one-customer-id: a pcId linked elsewhere is linked anew, and the data stay with the other', () => {
    const { visit, apply, attributes, reader } = open();
    visit({ pcId: 'P', thirdPartyId: 'T1' });
    apply({ api: 'v1', rows: [{ id: 'T1', values: { a: '1' } }] });
    expect(visit({ pcId: 'P', thirdPartyId: 'T2' }).created).toBe(false);
    expect(attributes(thirdPartyId('T1'))).toEqual(new Map([['a', '1']]));
    expect(attributes(pcId('P'))).toEqual(new Map());
    expect(reader.profile(DEMO, thirdPartyId('T1'), NOW)!.linked).toBeUndefined();
    expect(reader.profile(DEMO, thirdPartyId('T2'), NOW)!.linked).toEqual(pcId('P'));
    // The pcId it was last linked with is its own again.
    expect(visit({ thirdPartyId: 'T1' }).pcId).toBe('P');
    expect(attributes(pcId('P'))).toEqual(new Map([['a', '1']]));
  });

  it('what was moved is nowhere twice', () => {
    const place = memoryPlace();
    const { store, apply } = openTestStore({ place, ...options });
    apply({ idKind: 'pcId', rows: [{ id: 'P', values: { a: '1' } }] });
    store.visit({ client: DEMO, pcId: 'P', thirdPartyId: 'T', newPcId: 'unused', now: NOW });
    const stored = place.database.prepare('SELECT kind, id, value FROM profile_attribute').all();
    expect(stored).toEqual([{ kind: 'thirdPartyId', id: 'T', value: '1' }]);
  });

  it('an alias is no profile of its own, at the beginning of time neither', () => {
    const { visit, reader } = open();
    visit({ pcId: 'P', thirdPartyId: 'T1' }, 3);
    visit({ pcId: 'P', thirdPartyId: 'T2' }, 5);
    expect(reader.profile(DEMO, pcId('P'), 5)!.modifiedAt).toBe(5);
  });

  it('one text as a pcId and as a thirdPartyId is two profiles', () => {
    const { apply, attributes } = open();
    apply({ rows: [{ id: 'same', values: { a: 'third' } }] });
    apply({ idKind: 'pcId', rows: [{ id: 'same', values: { a: 'pc' } }] });
    expect(attributes(thirdPartyId('same'))).toEqual(new Map([['a', 'third']]));
    expect(attributes(pcId('same'))).toEqual(new Map([['a', 'pc']]));
  });

  it('a visit by pcId folds what is pending for the linked thirdPartyId', () => {
    const { visit, apply, reader } = open();
    visit({ pcId: 'P', thirdPartyId: 'T' });
    apply({ rows: [{ id: 'T', values: { a: '1' } }] });
    expect(reader.profile(DEMO, pcId('P'), NOW)!.attributes[0]!.layer).toBe('pending');
    visit({ pcId: 'P' });
    expect(reader.profile(DEMO, pcId('P'), NOW)!.attributes[0]!.layer).toBe('base');
  });

  it('life-14d: a dead profile is created anew, by rows, seeds and visits, and never updated', () => {
    const { visit, apply, reader, store, attributes } = open();
    apply({ rows: [{ id: 'T', values: { old: '1' } }], now: NOW });
    const late = NOW + 14 * DAY_MS + 1;
    expect(attributes(thirdPartyId('T'), late - 1)).toEqual(new Map([['old', '1']]));
    expect(attributes(thirdPartyId('T'), late)).toBeUndefined();
    const write = { client: DEMO, id: thirdPartyId('T'), attributes: [{ name: 'x', value: '1' }], now: late };
    expect(store.updateProfile(write)).toBe('not-found');
    const v1 = apply({ api: 'v1', rows: [{ id: 'T', values: { x: '1' } }], now: late });
    expect(reader.batch(v1)!.profilesNotFound).toBe(1);
    expect(visit({ thirdPartyId: 'T' }, late).created).toBe(true);
    expect(attributes(thirdPartyId('T'), late)).toEqual(new Map());
    const later = late + 15 * DAY_MS;
    const v2 = apply({ rows: [{ id: 'T', values: { x: '2' } }], now: later });
    expect(reader.batch(v2)!.createdProfiles).toBe(1);
    // The link outlived both.
    expect(attributes(pcId('new'), later)).toEqual(new Map([['x', '2']]));
  });

  it('our-lifetime-touch: writes restart the lifetime, or visits only', () => {
    for (const lifetimeRestartsOn of ['any-write', 'visits'] as const) {
      const { visit, apply, attributes, store } = open();
      const settings: Settings = { ...DEFAULT_SETTINGS, lifetimeRestartsOn };
      store.writeSettings(DEMO, settings);
      const row = { rows: [{ id: 'T', values: { a: '1' } }], settings };
      apply({ ...row, now: NOW });
      apply({ ...row, now: NOW + 10 * DAY_MS });
      const isAlive = attributes(thirdPartyId('T'), NOW + 20 * DAY_MS) !== undefined;
      expect(isAlive).toBe(lifetimeRestartsOn === 'any-write');
      visit({ thirdPartyId: 'T' }, NOW + 11 * DAY_MS);
      expect(attributes(thirdPartyId('T'), NOW + 25 * DAY_MS)).toBeDefined();
      apply({ ...row, now: NOW + 24 * DAY_MS });
      const isAliveLater = attributes(thirdPartyId('T'), NOW + 30 * DAY_MS) !== undefined;
      expect(isAliveLater).toBe(lifetimeRestartsOn === 'any-write');
    }
  });
});
