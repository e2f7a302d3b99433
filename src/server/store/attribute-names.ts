/** Each client's attribute names as small numbers: a record holds the number, the name is stored once. */
import type { Database } from 'better-sqlite3';
import { insertion, statements } from './statements.ts';
import { BoundedMap } from '../runtime/bounded-map.ts';

export type AttributeNameTable = ReturnType<typeof attributeNameTable>;
/** The names of one life of a client code. */
export type AttributeNames = ReturnType<AttributeNameTable['of']>;

export function attributeNameTable(database: Database, namesMax = NAMES_MAX) {
  const { prepare, pluck, raw } = statements(database);
  const columns = 'id, name, is_customers FROM attribute_name WHERE generation = ?';
  const selectFirst = raw<[number, number], StoredName>(`SELECT ${columns} ORDER BY id LIMIT ?`);
  const selectOne = raw<[number, number], StoredName>(`SELECT ${columns} AND id = ?`);
  const selectId = pluck<[number, string, number], number>(
    'SELECT id FROM attribute_name WHERE generation = ? AND name = ? AND is_customers = ?',
  );
  const selectLastId = pluck<[number], number>('SELECT ifnull(max(id), 0) FROM attribute_name WHERE generation = ?');
  const insert = prepare(insertion('attribute_name', 'generation, id, name, is_customers'));
  const load = (generation: number) => {
    // A Map and an array by number: `__proto__` is a name like any other. Numbers begin at 1.
    const ids = new Map<string, number>();
    const known = [{ name: '', bytes: 0, prefix: '' }];
    let lastId = selectLastId.get(generation)!;
    const learn = (id: number, name: string, isCustomers: number) => {
      if (ids.size === namesMax) {
        ids.clear();
        known.length = 1;
      }
      ids.set(keyOf(name, isCustomers), id);
      return (known[id] = { name, bytes: Buffer.byteLength(name), prefix: `,${id},` });
    };
    // Another connection may have added names since.
    const named = (id: number) => known[id] ?? learn(...selectOne.get(generation, id)!);
    for (const stored of selectFirst.iterate(generation, namesMax)) learn(...stored);
    const numbered = (name: string, isCustomers: number) => {
      const before = ids.get(keyOf(name, isCustomers));
      if (before !== undefined) return before;
      let id = ids.size < lastId ? selectId.get(generation, name, isCustomers) : undefined;
      if (id === undefined) insert.run(generation, (id = lastId += 1), name, isCustomers);
      learn(id, name, isCustomers);
      return id;
    };
    return {
      /** Gives the name a number if it has none. Only the writer may ask. */
      idOf: (name: string) => numbered(name, 0),
      /** The same for a customer attribute: another name, even where it is spelled alike. */
      customersIdOf: (name: string) => numbered(name, 1),
      nameOf: (id: number) => named(id).name,
      /** UTF-8 bytes of the name. */
      bytesOf: (id: number) => named(id).bytes,
      /** What stands before a value of this name in a record: made once, joined in every row. */
      prefixOf: (id: number) => named(id).prefix,
    };
  };
  const loaded = new BoundedMap<number, ReturnType<typeof load>>(DICTIONARIES_MAX);

  return {
    of(generation: number) {
      const before = loaded.get(generation);
      if (before !== undefined) return before;
      const names = load(generation);
      loaded.set(generation, names);
      return names;
    },
    /** Forgets what is in memory: after a rollback it may hold names that were never stored. */
    forget: () => loaded.clear(),
  };
}

type StoredName = [id: number, name: string, isCustomers: number];

/** Of customer attributes behind half a character, which no name can begin with. */
const keyOf = (name: string, isCustomers: number) => (isCustomers === 0 ? name : `\uD800${name}`);

/** Clients whose names are held in memory at a time; the one loaded first goes first. */
const DICTIONARIES_MAX = 64;

/** Names of one life that are held in memory; beyond, all are forgotten, and found again one by one when they are used. */
const NAMES_MAX = 20_000;
