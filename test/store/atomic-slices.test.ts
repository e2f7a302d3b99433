import { describe, expect, it } from 'vitest';
import Sqlite from 'better-sqlite3';
import { memoryPlace } from '../../src/server/store/store-place.ts';
import { DEMO, NOW, openTestStore, thirdPartyId } from '../unit/server/store/store-fixture.ts';

const before = [{ id: 'old', values: { a: '1' } }];
const batch = {
  rows: [
    { id: 'old', values: { a: '2', fresh: '2' } },
    { id: 'new', values: { b: '2' } },
    { kind: 'failed' as const, rule: 'our-undecodable' as const, column: 2 },
    { id: 'old', values: { c: '2' } },
  ],
};

/** Every row that a statement writes, in any table, may be made to fail. */
function openFailing() {
  const place = memoryPlace();
  const opened = openTestStore({ place });
  const { database } = place;
  let written = 0;
  let failAt = Number.POSITIVE_INFINITY;
  database.function('count_write', () => {
    written += 1;
    if (written === failAt) throw new Error('the disk said no');
    return 0;
  });
  const tables = database
    .prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .pluck();
  for (const name of tables.all()) {
    for (const event of ['INSERT', 'UPDATE', 'DELETE']) {
      database.exec(
        `CREATE TEMP TRIGGER count_${event}_${name} BEFORE ${event} ON main.${name} BEGIN SELECT count_write(); END`,
      );
    }
  }
  const content = () => tables.all().map((name) => [name, database.prepare(`SELECT * FROM ${name}`).all()]);
  const writesOf = (work: () => void, failing = Number.POSITIVE_INFINITY): number => {
    written = 0;
    failAt = failing;
    try {
      work();
    } finally {
      failAt = Number.POSITIVE_INFINITY;
    }
    return written;
  };
  return { ...opened, content, writesOf };
}

describe('a slice is applied whole or not at all', () => {
  it('whichever of its writes fails, nothing of it is there, and it can be applied again', () => {
    const counting = openFailing();
    counting.apply({ rows: before });
    counting.accept(batch);
    const writes = counting.writesOf(() => counting.applySome(batch, batch.rows.length));
    expect(writes).toBeGreaterThan(8);
    const expected = counting.content();

    for (let failAt = 1; failAt <= writes; failAt += 1) {
      const { apply, accept, applySome, content, writesOf } = openFailing();
      apply({ rows: before });
      accept(batch);
      const untouched = content();
      expect(() => writesOf(() => applySome(batch, batch.rows.length), failAt)).toThrow('the disk said no');
      expect(content()).toEqual(untouched);
      applySome(batch, batch.rows.length);
      expect(content()).toEqual(expected);
    }
  });

  it('a row that cannot be read, or notes that cannot be had, undo the slice too', () => {
    const { apply, accept, applySome, content, attributes, reader } = openFailing();
    apply({ rows: before });
    const batchId = accept(batch);
    const untouched = content();
    expect(() => applySome(batch, 4, { rows: brokenRows() })).toThrow('the reader broke');
    expect(() => applySome(batch, 4, { diagnostics: silent })).toThrow('nobody says');
    expect(content()).toEqual(untouched);
    applySome(batch, 4);
    expect(attributes(thirdPartyId('old'))).toEqual(
      new Map([
        ['a', '2'],
        ['fresh', '2'],
        ['c', '2'],
      ]),
    );
    expect(reader.batch(batchId)!.consumedCount).toBe(4);
  });

  it('names that were new in what failed are learnt anew', () => {
    const { store, attributes, writesOf } = openFailing();
    const seed = (names: readonly string[]) =>
      store.seedProfiles([
        { client: DEMO, id: thirdPartyId('T'), attributes: names.map((name) => ({ name, value: name })), now: NOW },
      ]);
    expect(() => writesOf(() => seed(['lost', 'lost too']), 3)).toThrow('the disk said no');
    seed(['kept']);
    expect(attributes(thirdPartyId('T'))).toEqual(new Map([['kept', 'kept']]));
  });
});

function* brokenRows() {
  yield { row: 1, reading: { kind: 'row' as const, id: 'old', attributes: [0], values: ['x'] }, hash: undefined };
  throw new Error('the reader broke');
}

function silent(): never {
  throw new Error('nobody says');
}

describe('what storage cannot do', () => {
  it('a full database is an operating error with a remedy, and nothing of the slice is kept', () => {
    const place = memoryPlace();
    const { accept, applySome, reader } = openTestStore({ place });
    const big = {
      rows: Array.from({ length: 100 }, (_, index) => ({ id: `${index}`, values: { a: 'x'.repeat(9_000) } })),
    };
    const batchId = accept(big);
    place.database.pragma(`max_page_count = ${Number(place.database.pragma('page_count', { simple: true })) + 20}`);
    expect(() => applySome(big, 100)).toThrow(
      expect.objectContaining({
        name: 'EmulatorError',
        code: 'disk-full',
        message: expect.stringContaining('Free some'),
      }),
    );
    expect(reader.batch(batchId)!.consumedCount).toBe(0);
    place.database.pragma('max_page_count = 1000000');
    applySome(big, 100);
    expect(reader.batch(batchId)).toMatchObject({ status: 'complete', createdProfiles: 100 });
  });

  it('a database that may not be written to is an operating error', () => {
    const place = memoryPlace();
    const { store } = openTestStore({ place });
    place.database.pragma('query_only = ON');
    expect(() => store.dropClient(DEMO)).toThrow(expect.objectContaining({ code: 'data-directory-unusable' }));
  });

  it('a bug stays a bug', () => {
    const { store, accept } = openTestStore();
    accept({ rows: before, batchId: 'twice' });
    expect(() => accept({ rows: before, batchId: 'twice' })).toThrow(Sqlite.SqliteError);
    expect(store.heads()).toHaveLength(1);
  });
});
