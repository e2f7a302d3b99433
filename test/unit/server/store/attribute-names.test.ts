/** Attribute names in memory: a bounded number of them, and all found again when they are used. */
import { describe, expect, it, onTestFinished } from 'vitest';
import Sqlite from 'better-sqlite3';
import { attributeNameTable } from '../../../../src/server/store/attribute-names.ts';
import { MIGRATIONS } from '../../../../src/server/store/migrations.ts';

describe('names beyond those that are held', () => {
  it('keep their numbers, and every number its name, in whatever order they are asked for', () => {
    const database = new Sqlite(':memory:');
    onTestFinished(() => void database.close());
    for (const step of MIGRATIONS) database.exec(step);
    const names = Array.from({ length: 100 }, (_, index) => (index === 50 ? '__proto__' : `n${index}`));
    const table = attributeNameTable(database, 7);
    const numbers = names.map((name) => table.of(1).idOf(name));
    expect(new Set(numbers).size).toBe(100);
    for (let step = 1; step < 100; step += 11) {
      for (let at = 0; at < 100; at += 1) {
        const index = (at * step) % 100;
        expect(table.of(1).idOf(names[index]!)).toBe(numbers[index]);
        expect(table.of(1).nameOf(numbers[index]!)).toBe(names[index]);
        expect(table.of(1).prefixOf(numbers[index]!)).toBe(`,${numbers[index]},`);
      }
    }
    expect(table.of(2).idOf('n0')).toBe(1);
    const other = attributeNameTable(database, 7);
    expect([other.of(1).nameOf(numbers[99]!), other.of(1).idOf('n3'), other.of(1).idOf('new')]).toEqual([
      names[99],
      numbers[3],
      101,
    ]);
  });
});
