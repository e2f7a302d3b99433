/** Attribute sources in the database: each a JSON text, found by the client's life and the alias. */
import type { Database } from 'better-sqlite3';
import { caSubscription } from '../../protocol/rules/customer-attributes.ts';
import { shownName } from '../../protocol/vocabulary/index.ts';
import { BoundedMap } from '../runtime/bounded-map.ts';
import type { SourceRecord } from './store.ts';

/** A source that Target is subscribed to, and what its attributes are called there. */
export interface SubscribedSource {
  readonly id: number;
  readonly alias: string;
  readonly names: readonly string[];
}

type Definition = Omit<SourceRecord, 'id' | 'isDeleted'>;
type SourceRow = [id: number, definition: string, isDeleted: number];
const SELECT = 'SELECT id, definition, is_deleted FROM attribute_source';

export function sourceReader(database: Database) {
  const selectOne = database.prepare<[number, string], SourceRow>(`${SELECT} WHERE generation = ? AND alias = ?`).raw();
  const selectAll = database.prepare<[number], SourceRow>(`${SELECT} WHERE generation = +? ORDER BY id`).raw();
  /** A fetch and each visit ask for all of a client code's: a text is parsed once while it lives. */
  const parsed = new BoundedMap<string, Definition>(TEXTS_MAX);
  const definitionOf = (text: string): Definition => {
    const known = parsed.get(text);
    if (known !== undefined) return known;
    const definition = JSON.parse(text) as Definition;
    parsed.set(text, definition);
    return definition;
  };
  const recordOf = ([id, definition, isDeleted]: SourceRow): SourceRecord => ({
    ...definitionOf(definition),
    id,
    isDeleted: isDeleted === 1,
  });
  const all = (generation: number) => selectAll.all(generation).map(recordOf);
  return {
    all,
    find(generation: number, alias: string): SourceRecord | undefined {
      const row = selectOne.get(generation, alias);
      return row && recordOf(row);
    },
    subscribed: (generation: number): readonly SubscribedSource[] =>
      all(generation).flatMap((source) => {
        const { id, alias, name, isDeleted } = source;
        const names = isDeleted ? [] : caSubscription.decide(source).map((attribute) => shownName(name, attribute));
        return names.length === 0 ? [] : [{ id, alias, names }];
      }),
  };
}

export type SourceTable = ReturnType<typeof sourceTable>;

export function sourceTable(database: Database) {
  const reader = sourceReader(database);
  const insert = database.prepare('INSERT INTO attribute_source (generation, alias, definition) VALUES (?, ?, ?)');
  const update = database.prepare('UPDATE attribute_source SET definition = ? WHERE generation = ? AND alias = ?');
  const remove = database.prepare('UPDATE attribute_source SET is_deleted = 1 WHERE generation = ? AND alias = ?');
  return {
    ...reader,
    write(generation: number, source: Definition): void {
      const text = JSON.stringify(source);
      if (update.run(text, generation, source.alias).changes === 0) insert.run(generation, source.alias, text);
    },
    /** Its alias stays taken (ca-alias-burnt). */
    remove: (generation: number, alias: string) => remove.run(generation, alias).changes > 0,
  };
}

const TEXTS_MAX = 64;
