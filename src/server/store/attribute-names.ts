/** Each client's attribute names as small numbers: a record holds the number, the name is stored once. */
import type { Database } from 'better-sqlite3';
import { BoundedMap } from '../runtime/bounded-map.ts';

/** The names of one life of a client code. */
export interface AttributeNames {
  /** Gives the name a number if it has none. Only the writer may ask. */
  idOf(name: string): number;
  nameOf(id: number): string;
  /** UTF-8 bytes of the name. */
  bytesOf(id: number): number;
  /** What stands before a value of this name in a record: made once, joined in every row. */
  prefixOf(id: number): string;
}

export type AttributeNameTable = ReturnType<typeof attributeNameTable>;

export function attributeNameTable(database: Database) {
  const selectAll = database.prepare<[number], { id: number; name: string }>(
    'SELECT id, name FROM attribute_name WHERE generation = ?',
  );
  const selectOne = database
    .prepare<[number, number], string>('SELECT name FROM attribute_name WHERE generation = ? AND id = ?')
    .pluck();
  // Not prepared where it cannot run: a reader's connection is read-only.
  const insert = database.readonly
    ? undefined
    : database.prepare<[number, number, string]>('INSERT INTO attribute_name (generation, id, name) VALUES (?, ?, ?)');
  const loaded = new BoundedMap<number, AttributeNames>(DICTIONARIES_MAX);

  const load = (generation: number): AttributeNames => {
    // A Map and an array by number: `__proto__` is a name like any other.
    const ids = new Map<string, number>();
    const names: string[] = [''];
    const bytes: number[] = [0];
    const prefixes: string[] = [''];
    const learn = (id: number, name: string) => {
      ids.set(name, id);
      names[id] = name;
      bytes[id] = Buffer.byteLength(name);
      prefixes[id] = `,${id},`;
    };
    const ensureKnown = (id: number) => {
      // Another connection may have added names since.
      if (names[id] === undefined) learn(id, selectOne.get(generation, id)!);
    };
    for (const { id, name } of selectAll.iterate(generation)) learn(id, name);
    return {
      idOf(name) {
        const known = ids.get(name);
        if (known !== undefined) return known;
        const id = names.length;
        insert!.run(generation, id, name);
        learn(id, name);
        return id;
      },
      nameOf(id) {
        ensureKnown(id);
        return names[id]!;
      },
      bytesOf(id) {
        ensureKnown(id);
        return bytes[id]!;
      },
      prefixOf(id) {
        ensureKnown(id);
        return prefixes[id]!;
      },
    };
  };

  return {
    of(generation: number): AttributeNames {
      let names = loaded.get(generation);
      if (names === undefined) {
        loaded.set(generation, (names = load(generation)));
      }
      return names;
    },
    /** Forgets what is in memory: after a rollback it may hold names that were never stored. */
    forget: () => loaded.clear(),
  };
}

/** Clients whose names are held in memory at a time; the one loaded first goes first. */
const DICTIONARIES_MAX = 64;
