import { describe, expect, it } from 'vitest';
import {
  OVERRIDDEN_ATTRIBUTES_MAX,
  OVERRIDDEN_BATCHES_MAX,
  OVERRIDDEN_ROWS_MAX,
} from '../../../../src/server/store/override-table.ts';
import { memoryPlace } from '../../../../src/server/store/store-place.ts';
import { DEMO, openTestStore } from './store-fixture.ts';

const ids = (count: number) => Array.from({ length: count }, (_, index) => `id${index}`);
const rowsOf = (count: number, name: string) => ids(count).map((id) => ({ id, values: { [name]: '1' } }));

describe('the lost-update alarm as kept', () => {
  it('counts every row and names the first 100 of the file, across slices', () => {
    const { apply, reader } = openTestStore();
    const rows = OVERRIDDEN_ROWS_MAX + 1;
    const earlier = apply({ rows: rowsOf(rows, 'a') });
    const later = apply({ rows: rowsOf(rows, 'b').toReversed() }, 7);
    const [override, ...others] = reader.batch(later)!.overrides;
    expect(others).toEqual([]);
    expect(override).toMatchObject({ batch: earlier, by: later, count: rows });
    expect(override!.first.map(({ row }) => row)).toEqual(
      Array.from({ length: OVERRIDDEN_ROWS_MAX }, (_, index) => index + 1),
    );
    expect(override!.first[0]).toEqual({ row: 1, id: `id${rows - 1}`, attributes: [{ name: 'a', row: rows }] });
    expect(reader.batch(earlier)!.overrides).toEqual([override]);
  });

  it('names at most 20 attributes of a row', () => {
    const { apply, reader } = openTestStore();
    const names = Array.from({ length: OVERRIDDEN_ATTRIBUTES_MAX + 1 }, (_, index) => [`n${index}`, '1']);
    apply({ rows: [{ id: 'ann', values: Object.fromEntries(names) as Record<string, string> }] });
    const later = apply({ rows: [{ id: 'ann', values: { other: '1' } }] });
    expect(reader.batch(later)!.overrides[0]!.first[0]!.attributes).toHaveLength(OVERRIDDEN_ATTRIBUTES_MAX);
  });

  it('tells the first 100 earlier batches apart and counts the rest together', () => {
    const { apply, reader } = openTestStore();
    const batches = OVERRIDDEN_BATCHES_MAX + 2;
    for (const id of ids(batches)) apply({ rows: [{ id, values: { a: '1' } }] });
    const { overrides } = reader.batch(apply({ rows: rowsOf(batches, 'b') }, 10))!;
    expect(overrides).toHaveLength(OVERRIDDEN_BATCHES_MAX + 1);
    expect(overrides.at(-1)).toMatchObject({ batch: undefined, count: 2, first: [{ row: 101 }, { row: 102 }] });
  });

  it('names nobody for what was written outside of batches, and v1 batches where the record is replaced', () => {
    const { apply, reader, store } = openTestStore();
    const id = { kind: 'thirdPartyId' as const, value: 'ann' };
    store.seedProfiles([{ client: DEMO, id, attributes: [{ name: 'seed', value: '1' }], now: 0 }]);
    const earlier = apply({ api: 'v1', rows: [{ id: 'ann', values: { a: '1' } }], now: 1 });
    const settings = { consecutiveV2: 'replace-record' } as const;
    const later = apply({ rows: [{ id: 'ann', values: { b: '1' } }], settings, now: 2 });
    expect(reader.batch(later)!.overrides).toEqual([
      { batch: earlier, by: later, count: 1, first: [{ row: 1, id: 'ann', attributes: [{ name: 'a', row: 1 }] }] },
    ]);
  });

  it('goes with its client code', () => {
    const place = memoryPlace();
    const { apply, store } = openTestStore({ place });
    for (const name of ['a', 'b']) apply({ rows: [{ id: 'ann', values: { [name]: '1' } }] });
    const count = place.database.prepare('SELECT count(*) FROM override_tally').pluck();
    expect(count.get()).toBe(1);
    store.dropClient(DEMO);
    while (store.sweep());
    expect(count.get()).toBe(0);
  });
});
