/** Of a source's files those that ended are remembered up to a bound. */
import { expect, it } from 'vitest';
import { fileTable } from '../../../../src/server/store/attribute-file-table.ts';
import { memoryPlace } from '../../../../src/server/store/store-place.ts';

const FAULT = { rule: 'ca-file-csv', message: 'no header' } as const;

function openTable(endedFilesMax: number) {
  const { database, bodies } = memoryPlace();
  database.exec("INSERT INTO client (code, generation, settings) VALUES ('demo', 1, '{}')");
  const letGo: (string | null)[] = [];
  const table = fileTable(database, bodies, (name) => letGo.push(name), endedFilesMax);
  const file = { client: 'demo', name: 'a.csv', receivedAt: 1, bytes: 0 } as Parameters<typeof table.add>[1];
  const add = (alias: string, fault?: typeof FAULT) => table.add(1, { ...file, alias, fault });
  const kept = (alias: string) => table.page(1, { alias }, 999, 999).map(({ sequence }) => sequence);
  return { database, table, add, kept, letGo };
}

it('lets the files go that ended longest ago, and tells how many, whether they failed or were processed', () => {
  const { table, add, kept } = openTable(2);
  const [waiting, ...ended] = [add('crm'), add('crm'), add('crm', FAULT), add('crm')];
  for (const sequence of [ended[0], ended[2]]) table.end(sequence, 5, undefined);
  add('other', FAULT);
  expect([table.trim(1, 'crm'), table.trim(1, 'crm'), table.trim(1, 'other')]).toEqual([1, 0, 0]);
  expect(kept('crm')).toEqual([ended[2], ended[1], waiting]);
});

it('counts on from what it knows: files that end, fail and are removed between two uploads', () => {
  const { table, add, kept } = openTable(2);
  expect(table.trim(1, 'crm')).toBe(0);
  const [first, second, third] = [add('crm', FAULT), add('crm', FAULT), add('crm')];
  expect(table.trim(1, 'crm')).toBe(0);
  table.end(third, 5, undefined);
  table.remove(second);
  expect([table.trim(1, 'crm'), kept('crm')]).toEqual([0, [third, first]]);
  add('crm', FAULT);
  expect([table.trim(1, 'crm'), kept('crm').length]).toEqual([1, 2]);
});

it('does not look for what may go where the count is within the bound', () => {
  const { database, table, add } = openTable(2);
  add('crm', FAULT);
  table.trim(1, 'crm');
  const statements: unknown[] = [];
  const { prepare } = database;
  database.prepare = ((sql: string) => {
    statements.push(sql);
    return prepare.call(database, sql);
  }) as typeof prepare;
  expect([table.trim(1, 'crm'), statements]).toEqual([0, []]);
});

it('keeps nothing of a file that went while its bytes were made: the new ones are let go, and of one that is there the old', () => {
  const { table, add, letGo } = openTable(2);
  const body = (name: string) => ({ kind: 'spooled', name, byteLength: 9, checksum: 1 }) as const;
  const [there, gone] = [add('crm'), add('crm')];
  table.change(there, { body: body('packed') });
  table.remove(gone);
  letGo.length = 0;
  for (const sequence of [there, gone]) table.change(sequence, { body: body(`unpacked-${sequence}`) });
  expect(letGo).toEqual(['packed', `unpacked-${gone}`]);
});
