import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../../../src/protocol/vocabulary/index.ts';
import type { ClientCode, Settings } from '../../../../src/protocol/vocabulary/index.ts';
import { memoryPlace } from '../../../../src/server/store/store-place.ts';
import { SELECT_BACKLOG } from '../../../../src/server/store/sqlite-reader.ts';
import { DEMO, NOW, openTestStore, pcId, thirdPartyId } from './store-fixture.ts';

const sample = [
  { id: '123', values: { param1: 'value1' } },
  { id: '124', values: { param1: 'value1', param4: 'value4' } },
];

describe('batches', () => {
  it('v2-upsert, cnt-created-as-success: rows create profiles that a fetch finds, and the counters say so', () => {
    const { apply, attributes, reader } = openTestStore();
    const batchId = apply({ rows: sample });
    expect(attributes(thirdPartyId('124'))).toEqual(
      new Map([
        ['param1', 'value1'],
        ['param4', 'value4'],
      ]),
    );
    expect(reader.batch(batchId)).toMatchObject({
      status: 'complete',
      consumedCount: 2,
      successfulUpdates: 2,
      createdProfiles: 2,
      completedAt: NOW,
      body: 'kept',
    });
  });

  it('v1-update-only, v1-notfound-count: v1 writes to what is there and counts the rest', () => {
    const { apply, attributes, reader } = openTestStore();
    apply({ rows: [sample[0]!] });
    const batchId = apply({ api: 'v1', rows: sample });
    expect(reader.batch(batchId)).toMatchObject({ successfulUpdates: 1, createdProfiles: 0, profilesNotFound: 1 });
    expect(attributes(thirdPartyId('124'))).toBeUndefined();
  });

  it('each row tells its outcome and the rule behind it, by row number, in pages', () => {
    const { apply, reader } = openTestStore();
    const batchId = apply(
      {
        rows: [
          { id: 'b', values: { x: '1' } },
          { kind: 'failed', rule: 'our-undecodable', column: 3 },
          { kind: 'ignored' },
          { kind: 'failed', rule: 'our-not-utf8', column: 0 },
          { id: 'b', values: { x: '2' } },
        ],
        body: { kind: 'inline', bytes: Buffer.from('batch=thirdPartyId,x,y\nb,1\n%ff%zz,1,%f\r\n \r\n c \nd,\nb,2') },
      },
      2,
    );
    const outcomes = reader.rows(batchId, { limit: 10 });
    expect(outcomes).toEqual({
      items: [
        { row: 1, id: 'b', outcome: 'created', rule: 'v2-upsert', column: undefined },
        { row: 2, id: '%ff%zz', outcome: 'failed', rule: 'our-undecodable', column: 3 },
        { row: 3, id: 'c', outcome: 'ignored', rule: 'empty-only-skipped', column: undefined },
        { row: 4, id: 'd', outcome: 'failed', rule: 'our-not-utf8', column: undefined },
        { row: 5, id: 'b', outcome: 'updated', rule: 'v2-upsert', column: undefined },
      ],
      next: undefined,
    });
    const first = reader.rows(batchId, { outcome: 'failed', limit: 1 });
    expect(first.items.map(({ row }) => row)).toEqual([2]);
    const second = reader.rows(batchId, { outcome: 'failed', limit: 1, cursor: first.next! });
    expect(second.items.map(({ row }) => row)).toEqual([4]);
    expect(second.next).toBeUndefined();
    expect(reader.rows(batchId, { outcome: 'lost', limit: 1 })).toEqual({ items: [], next: undefined });
  });

  it('rows applied in key order are listed by row number: those already consumed, or with the waiting ones as pending', () => {
    const { accept, store, applySome, reader } = openTestStore();
    const rows = [
      { id: 'a', values: { x: '1' } },
      { id: 'b', values: { x: '1' } },
      { id: 'c', values: { x: '1' } },
    ];
    const batchId = accept({ rows });
    const reversed = [3, 1, 2].map((row) => ({
      row,
      reading: { kind: 'row' as const, id: rows[row - 1]!.id, attributes: [0], values: ['1'] },
      hash: undefined,
    }));
    applySome({ rows }, 1, { rows: reversed.slice(0, 2), attributeNames: ['x'], last: false });
    expect(reader.rows(batchId, { limit: 10 }).items.map(({ row }) => row)).toEqual([1, 3]);
    const firstTwo = reader.allRows(batchId, { limit: 2 });
    expect(firstTwo.items.map(({ outcome }) => outcome)).toEqual(['created', 'pending']);
    const theRest = reader.allRows(batchId, { limit: 2, cursor: firstTwo.next! });
    expect(theRest.items.map(({ outcome }) => outcome)).toEqual(['created']);
    expect(theRest.next).toBeUndefined();
    expect(store.heads()[0]).toMatchObject({ consumedCount: 2, order: 'key' });
    applySome({ rows }, 1, { rows: reversed.slice(2), attributeNames: ['x'], last: true });
    expect(reader.rows(batchId, { limit: 10 }).items.map(({ row }) => row)).toEqual([1, 2, 3]);
  });

  it('our-batch-order: the head of a client is the oldest it has, with the settings of its acceptance', () => {
    const { accept, apply, store } = openTestStore();
    apply({ rows: [] });
    const first = accept({ rows: sample, dueAt: NOW + 5, settings: { consecutiveV2: 'replace-record' } });
    accept({ rows: sample });
    const other = 'other' as ClientCode;
    store.openClient(other, DEFAULT_SETTINGS);
    const third = accept({ client: other, rows: sample, dueAt: Number.POSITIVE_INFINITY });
    expect(store.heads()).toMatchObject([
      { batchId: first, dueAt: NOW + 5, consumedCount: 0, settings: { consecutiveV2: 'replace-record' } },
      { batchId: third, client: other, dueAt: Number.POSITIVE_INFINITY, order: undefined },
    ]);
  });

  it('releasing makes due what waits, of one client or of all, and leaves alone what is due', () => {
    const { accept, store } = openTestStore();
    const other = 'other' as ClientCode;
    store.openClient(other, DEFAULT_SETTINGS);
    accept({ rows: sample, dueAt: NOW - 10 });
    accept({ client: other, rows: sample, dueAt: Number.POSITIVE_INFINITY });
    store.releaseBatches(NOW, DEMO);
    store.releaseBatches(NOW, 'nobody' as ClientCode);
    expect(store.heads().map(({ dueAt }) => dueAt)).toEqual([NOW - 10, Number.POSITIVE_INFINITY]);
    store.releaseBatches(NOW);
    expect(store.heads().map(({ dueAt }) => dueAt)).toEqual([NOW - 10, NOW]);
  });

  it('a slice for rows that were applied before is refused', () => {
    const { accept, store, applySome } = openTestStore();
    const batch = { rows: sample };
    accept(batch);
    const head = store.heads()[0]!;
    applySome(batch, 1);
    expect(() => applySome(batch, 1, { batch: head })).toThrow('no slice waiting after 0 rows');
  });

  it('a batch whose body failed is stuck, says so, lets the next one go on and keeps no body', () => {
    const { accept, store, reader } = openTestStore();
    const first = accept({ rows: sample });
    const second = accept({ rows: sample });
    store.abandonBatch(store.heads()[0]!.sequence, NOW, 'body-missing');
    expect(reader.batch(first)).toMatchObject({
      status: 'stuck',
      failure: { code: 'body-missing', message: expect.stringContaining('send the batch again') },
      body: 'evicted',
      completedAt: undefined,
    });
    expect(reader.backlog().batches).toBe(1);
    expect(store.heads().map(({ batchId }) => batchId)).toEqual([second]);
  });

  it('batches are listed newest first, in pages, and counted while they wait', () => {
    const { accept, apply, reader } = openTestStore();
    const ids = [apply({ rows: sample }), accept({ rows: [] }), accept({ rows: [] })];
    const first = reader.batches({ limit: 2 });
    expect(first.items.map(({ batchId }) => batchId)).toEqual([ids[2], ids[1]]);
    const second = reader.batches({ client: DEMO, limit: 2, cursor: first.next! });
    expect(second.items.map(({ batchId }) => batchId)).toEqual([ids[0]]);
    expect(second.next).toBeUndefined();
    expect(reader.backlog()).toEqual({ batches: 2, bytes: 2 * 'batch=thirdPartyId\n'.length });
  });

  it('one whose client code was dropped meanwhile brings it along, with its readings', () => {
    const { store, accept, reader } = openTestStore();
    store.dropClient(DEMO);
    const settings: Settings = { ...DEFAULT_SETTINGS, surplusCells: 'fail' };
    const batchId = accept({ rows: sample, settings });
    expect(reader.batch(batchId)).toMatchObject({ client: DEMO, status: 'incomplete' });
    expect(reader.client(DEMO)?.settings).toEqual(settings);
  });

  it('what waits is counted without a look at what waits', () => {
    const place = memoryPlace();
    const { accept, reader } = openTestStore({ place });
    for (let batches = 0; batches < 300; batches += 1) accept({ rows: [] });
    expect(reader.backlog().batches).toBe(300);
    const plan = place.database.prepare<[], { detail: string }>(`EXPLAIN QUERY PLAN ${SELECT_BACKLOG}`).all();
    expect(plan.map(({ detail }) => detail)).toEqual([
      'SEARCH client USING COVERING INDEX client_waiting (waiting_batches>?)',
    ]);
  });

  it('diagnostics of all slices are counted, and the first hundred in file order kept', () => {
    const { accept, applySome, reader } = openTestStore();
    const rows = Array.from({ length: 4 }, () => ({ kind: 'ignored' as const }));
    const batchId = accept({ rows, diagnostics: [{ rule: 'body-ctype-form', count: 1, first: [{}] }] });
    const noted = (from: number) => Array.from({ length: 80 }, (_, index) => ({ row: from + index, column: 2 }));
    applySome({ rows }, 2, { diagnostics: () => [{ rule: 'empty-null-word', count: 90, first: noted(50) }] });
    applySome({ rows }, 2, { diagnostics: () => [{ rule: 'empty-null-word', count: 80, first: noted(1) }] });
    const [given, merged] = reader.batch(batchId)!.diagnostics;
    expect(given).toEqual({ rule: 'body-ctype-form', count: 1, first: [{}] });
    expect(merged!.count).toBe(170);
    expect(merged!.first).toHaveLength(100);
    expect(merged!.first.map(({ row }) => row)).toEqual(
      [...noted(1), ...noted(50)]
        .map(({ row }) => row)
        .toSorted((a, b) => a - b)
        .slice(0, 100),
    );
  });
});

describe('what consecutive writes do', () => {
  const both = (settings: Partial<Settings> = {}) => {
    const opened = openTestStore();
    opened.apply({ settings, rows: [{ id: 'T', values: { a: '1', b: '1' } }] });
    const batchId = opened.apply({ settings, rows: [{ id: 'T', values: { b: '2' } }] });
    return { ...opened, batchId };
  };

  it('v2-override-caveat: by default a later v2 batch replaces what is pending, with a note at the row', () => {
    const { attributes, reader, batchId } = both();
    expect(attributes(thirdPartyId('T'))).toEqual(new Map([['b', '2']]));
    expect(reader.batch(batchId)!.diagnostics).toEqual([{ rule: 'v2-override-caveat', count: 1, first: [{ row: 1 }] }]);
  });

  it('v2-override-caveat: read as last write wins, attributes add up', () => {
    const { attributes } = both({ consecutiveV2: 'last-write-wins' });
    expect(attributes(thirdPartyId('T'))).toEqual(
      new Map([
        ['a', '1'],
        ['b', '2'],
      ]),
    );
  });

  it('v2-override-caveat: a pending value covers the base value, which shows again when the pending set is replaced', () => {
    const { store, apply, attributes } = openTestStore();
    store.seedProfiles([{ client: DEMO, id: thirdPartyId('T'), attributes: [{ name: 'a', value: 'base' }], now: NOW }]);
    apply({ rows: [{ id: 'T', values: { a: 'pending' } }] });
    expect(attributes(thirdPartyId('T'))).toEqual(new Map([['a', 'pending']]));
    apply({ rows: [{ id: 'T', values: { b: 'next' } }] });
    expect(attributes(thirdPartyId('T'))).toEqual(
      new Map([
        ['a', 'base'],
        ['b', 'next'],
      ]),
    );
  });

  it('v2-override-caveat: a visit in between keeps what the first batch wrote, with its time, batch and row', () => {
    const { store, apply, reader } = openTestStore();
    apply({ rows: [{ kind: 'ignored' }, { id: 'T', values: { a: '1' } }], now: NOW });
    store.visit({ client: DEMO, pcId: undefined, thirdPartyId: 'T', newPcId: 'p1', now: NOW + 1 });
    apply({ rows: [{ id: 'T', values: { b: '2' } }], now: NOW + 2 });
    expect(reader.profile(DEMO, thirdPartyId('T'), NOW + 2)).toEqual({
      id: thirdPartyId('T'),
      linked: pcId('p1'),
      modifiedAt: NOW + 2,
      attributes: [
        { name: 'a', value: '1', modifiedAt: NOW, layer: 'base', batch: 1, row: 2 },
        { name: 'b', value: '2', modifiedAt: NOW + 2, layer: 'pending', batch: 2, row: 1 },
      ],
    });
  });

  it('our-duplicate-ids: rows of one id in one batch extend one another, in any slicing', () => {
    const rows = [
      { id: 'T', values: { a: '1', b: '1' } },
      { id: 'T', values: { b: '2' } },
      { id: 'T', values: { c: '3' } },
    ];
    for (const slice of [1, 2, 3]) {
      const { apply, attributes } = openTestStore();
      apply({ rows: [{ id: 'T', values: { z: 'gone' } }] });
      apply({ rows }, slice);
      expect(attributes(thirdPartyId('T'))).toEqual(
        new Map([
          ['a', '1'],
          ['b', '2'],
          ['c', '3'],
        ]),
      );
    }
  });

  it('our-location-hint: a pcId with and without its hint is one profile, unless read as part of the id', () => {
    const { apply, attributes } = openTestStore();
    apply({ idKind: 'pcId', rows: [{ id: 'X.28_20', values: { a: '1' } }] });
    expect(attributes(pcId('X'))).toEqual(new Map([['a', '1']]));
    apply({ idKind: 'pcId', settings: { locationHint: 'part-of-id' }, rows: [{ id: 'Y.28_20', values: { a: '1' } }] });
    expect(attributes(pcId('Y'))).toBeUndefined();
  });
});

describe('the 64 KB budget', () => {
  it('lim-64k-evict: the oldest attributes go, from both layers, with a note at the row', () => {
    const { apply, attributes, reader } = openTestStore();
    const big = (units: number) => 'ü'.repeat(units);
    apply({ api: 'v2', idKind: 'pcId', rows: [{ id: 'P', values: { old: big(10_000) } }], now: NOW });
    apply({ api: 'v1', idKind: 'pcId', rows: [{ id: 'P', values: { mid: big(10_000) } }], now: NOW + 1 });
    const batchId = apply({
      api: 'v1',
      idKind: 'pcId',
      rows: [{ kind: 'ignored' }, { id: 'P', values: { new: big(20_000) } }],
      now: NOW + 2,
    });
    expect([...attributes(pcId('P'), NOW + 2)!.keys()]).toEqual(['mid', 'new']);
    expect(reader.batch(batchId)!.diagnostics).toEqual([{ rule: 'lim-64k-evict', count: 1, first: [{ row: 2 }] }]);
  });

  it('lim-64k-evict: 65,536 bytes stay and 65,537 do not, escapes counted as what they stand for', () => {
    const { apply, attributes } = openTestStore();
    const value = `${'%,\n'.repeat(10_000)}${'x'.repeat(65_536 - 30_000 - 1)}`;
    apply({ idKind: 'pcId', rows: [{ id: 'P', values: { a: value } }] });
    expect(attributes(pcId('P'))).toEqual(new Map([['a', value]]));
    apply({ idKind: 'pcId', rows: [{ id: 'Q', values: { a: `${value}x` } }] });
    expect(attributes(pcId('Q'))).toEqual(new Map());
  });

  it('a profile whose only attribute did not fit still exists, with the time of the write', () => {
    const { apply, reader } = openTestStore();
    apply({ idKind: 'pcId', rows: [{ id: 'Q', values: { a: 'x'.repeat(70_000) } }], now: NOW + 7 });
    expect(reader.profile(DEMO, pcId('Q'), NOW + 7)).toMatchObject({ modifiedAt: NOW + 7, attributes: [] });
    expect(reader.profile(DEMO, pcId('Q'), NOW + 7 + 15 * 86_400_000)).toBeUndefined();
  });
});

describe('single updates and seeds', () => {
  it('sgl-update-only: an update creates nothing, a seed does', () => {
    const { store, attributes } = openTestStore();
    const write = { client: DEMO, id: thirdPartyId('T'), attributes: [{ name: 'a', value: '1' }], now: NOW };
    expect(store.updateProfile(write)).toBe('not-found');
    expect(store.updateProfile({ ...write, client: 'nobody' as ClientCode })).toBe('not-found');
    expect(attributes(thirdPartyId('T'))).toBeUndefined();
    store.seedProfiles([write, { ...write, attributes: [{ name: 'b', value: '2' }] }]);
    expect(store.updateProfile({ ...write, attributes: [{ name: 'a', value: '3' }] })).toBe('updated');
    expect(attributes(thirdPartyId('T'))).toEqual(
      new Map([
        ['b', '2'],
        ['a', '3'],
      ]),
    );
  });

  it('a base write takes the name out of the pending set', () => {
    const { store, apply, reader } = openTestStore();
    apply({ rows: [{ id: 'T', values: { a: 'pending', b: 'pending' } }] });
    store.updateProfile({ client: DEMO, id: thirdPartyId('T'), attributes: [{ name: 'a', value: 'base' }], now: NOW });
    expect(reader.profile(DEMO, thirdPartyId('T'), NOW)!.attributes).toMatchObject([
      { name: 'b', layer: 'pending', batch: 1, row: 1 },
      { name: 'a', value: 'base', layer: 'base', batch: undefined, row: undefined },
    ]);
  });

  it('a seed of no attributes makes an empty profile', () => {
    const { store, reader } = openTestStore();
    store.seedProfiles([{ client: DEMO, id: pcId('P'), attributes: [], now: NOW + 3 }]);
    expect(reader.profile(DEMO, pcId('P'), NOW + 3)).toEqual({
      id: pcId('P'),
      linked: undefined,
      modifiedAt: NOW + 3,
      attributes: [],
    });
  });

  it('a seed that fails half-way leaves nothing', () => {
    const { store, attributes } = openTestStore();
    const seed = { client: DEMO, id: pcId('P'), attributes: [{ name: 'a', value: '1' }], now: NOW };
    expect(() => store.seedProfiles([seed, { ...seed, now: 0.5 }])).toThrow('no time in milliseconds');
    expect(attributes(pcId('P'))).toBeUndefined();
  });
});

describe('names and values that mean something elsewhere', () => {
  const names = ['__proto__', 'constructor', 'x'.repeat(10_000), 'a\0b', ',,,', '\n', '%2C', '', ' ', '=1,2,3', '漢字'];

  it.each(names)('%j is a name and a value like any other', (name) => {
    const { apply, attributes, reader } = openTestStore();
    const values = Object.fromEntries([
      [`k${name}`, name],
      [name, name === '__proto__' ? '' : name],
    ]);
    if (name === '__proto__') Object.defineProperty(values, name, { value: 'own', enumerable: true });
    apply({ rows: [{ id: `id${name}`, values }] });
    apply({ api: 'v1', rows: [{ id: `id${name}`, values: { other: name } }] });
    expect(attributes(thirdPartyId(`id${name}`))).toEqual(
      new Map([...Object.entries(values), ['other', name]] as [string, string][]),
    );
    expect(reader.profile(DEMO, thirdPartyId('id'), NOW)?.id.value).toBe(name === '' ? 'id' : undefined);
  });

  it('half a surrogate pair in a seed is stored as U+FFFD, and found under either spelling', () => {
    const { store, attributes } = openTestStore();
    const seed = (name: string, value: string) =>
      store.seedProfiles([{ client: DEMO, id: thirdPartyId('a\ud800'), attributes: [{ name, value }], now: NOW }]);
    seed('n\udc00', '1');
    seed('n\ufffd', '2');
    expect(attributes(thirdPartyId('a\ufffd'))).toEqual(new Map([['n\ufffd', '2']]));
    expect(attributes(thirdPartyId('a\ud800'))).toEqual(new Map([['n\ufffd', '2']]));
  });
});

describe('client codes', () => {
  it('have the settings they were opened with first, until they are written', () => {
    const { store, reader } = openTestStore();
    const strict: Settings = { ...DEFAULT_SETTINGS, byteOrderMark: 'refuse' };
    expect(store.openClient(DEMO, strict).settings).toEqual(DEFAULT_SETTINGS);
    store.writeSettings(DEMO, strict);
    expect(reader.client(DEMO)).toEqual({ client: DEMO, settings: strict });
    expect(reader.client('nobody' as ClientCode)).toBeUndefined();
  });

  it('a dropped one is gone at once with all it owns, and starts anew', () => {
    const { store, apply, accept, reader } = openTestStore();
    const complete = apply({ rows: sample });
    const waiting = accept({ rows: sample });
    store.dropClient(DEMO);
    store.dropClient(DEMO);
    expect(reader.clients({ limit: 1 }).items).toEqual([]);
    expect([reader.batch(complete), reader.batch(waiting)]).toEqual([undefined, undefined]);
    expect(reader.batches({ limit: 10 }).items).toEqual([]);
    expect(reader.rows(complete, { limit: 10 }).items).toEqual([]);
    expect(reader.allRows(waiting, { limit: 10 }).items).toEqual([]);
    expect(reader.backlog()).toEqual({ batches: 0, bytes: 0 });
    expect(store.heads()).toEqual([]);
    expect(reader.profile(DEMO, thirdPartyId('123'), NOW)).toBeUndefined();
    store.openClient(DEMO, DEFAULT_SETTINGS);
    expect(reader.profile(DEMO, thirdPartyId('123'), NOW)).toBeUndefined();
    expect(reader.profiles(DEMO, { limit: 10, now: NOW }).items).toEqual([]);
    apply({ api: 'v2', rows: sample, batchId: complete });
    expect(reader.batch(complete)).toMatchObject({ createdProfiles: 2 });
  });

  it('keep apart profiles of one id', () => {
    const { store, apply, attributes } = openTestStore();
    const other = 'other' as ClientCode;
    store.openClient(other, DEFAULT_SETTINGS);
    apply({ client: other, rows: sample });
    apply({ client: other, idKind: 'pcId', rows: [{ id: 'X', values: { a: '1' } }] });
    expect(attributes(thirdPartyId('123'))).toBeUndefined();
    expect(attributes(pcId('X'))).toBeUndefined();
  });

  it('profiles are listed in pages, aliases and the dead left out', () => {
    const { store, apply, reader } = openTestStore();
    apply({ rows: Array.from({ length: 25 }, (_, index) => ({ id: `T${index}`, values: { a: '1' } })) });
    store.visit({ client: DEMO, pcId: 'P', thirdPartyId: 'T0', newPcId: 'unused', now: NOW });
    const seen: string[] = [];
    for (let cursor: string | undefined, pages = 0; pages === 0 || cursor !== undefined; pages += 1) {
      const page = reader.profiles(DEMO, { limit: 10, now: NOW, ...(cursor !== undefined && { cursor }) });
      seen.push(...page.items.map(({ id }) => `${id.kind} ${id.value}`));
      cursor = page.next;
    }
    expect(seen.toSorted()).toEqual(Array.from({ length: 25 }, (_, index) => `thirdPartyId T${index}`).toSorted());
    expect(reader.profiles(DEMO, { limit: 10, now: NOW + 30 * 86_400_000 }).items).toEqual([]);
  });
});

it('opening a store compiles few of its statements: each waits until it is first used', () => {
  const place = memoryPlace();
  const { prepare } = place.database;
  let compiled = 0;
  place.database.prepare = ((sql: string) => {
    compiled += 1;
    return prepare.call(place.database, sql);
  }) as typeof prepare;
  const { accept, reader } = openTestStore({ place });
  expect(compiled).toBeLessThan(20);
  accept({ rows: [] });
  const once = compiled;
  accept({ rows: [] });
  expect(compiled).toBe(once);
  expect(reader.backlog().batches).toBe(2);
});
