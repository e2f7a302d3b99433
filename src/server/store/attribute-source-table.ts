/** Attribute sources in the database: each a JSON text, found by the client's life and the alias. */
import type { Database } from 'better-sqlite3';
import { statements } from './statements.ts';
import { caSubscription } from '../../protocol/rules/customer-attributes.ts';
import { shownName } from '../../protocol/vocabulary/index.ts';
import { BoundedMap } from '../runtime/bounded-map.ts';
import type { SourceDefinition, SourceRecord } from './store.ts';

/** A source that Target is subscribed to, and what its attributes are called there. */
export interface SubscribedSource {
  readonly id: number;
  readonly alias: string;
  readonly names: readonly string[];
}

type SourceRow = [id: number, definition: string, isDeleted: number, droppedFiles: number];
const SELECT = 'SELECT id, definition, is_deleted, dropped_files FROM attribute_source';

export function sourceReader(database: Database) {
  const { raw } = statements(database);
  const selectOne = raw<[number, string], SourceRow>(`${SELECT} WHERE generation = ? AND alias = ?`);
  const selectAll = raw<[number], SourceRow>(`${SELECT} WHERE generation = +? ORDER BY id`);
  /** A fetch and each visit ask for all of a client code's: a text is parsed once while it lives. */
  const parsed = new BoundedMap<string, SourceDefinition>(TEXTS_MAX);
  /** Mostly there is one source: to compare two texts costs less than to find one in a map. */
  let last: { readonly text: string; readonly definition: SourceDefinition } | undefined;
  const definitionOf = (text: string): SourceDefinition => {
    if (text === last?.text) return last.definition;
    const definition = parsed.get(text) ?? (JSON.parse(text) as SourceDefinition);
    last = { text, definition };
    parsed.set(text, definition);
    return definition;
  };
  const recordOf = ([id, definition, isDeleted, droppedFiles]: SourceRow): SourceRecord => ({
    ...definitionOf(definition),
    id,
    isDeleted: isDeleted === 1,
    droppedFiles,
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
  const { prepare } = statements(database);
  const reader = sourceReader(database);
  const insert = prepare('INSERT INTO attribute_source (generation, alias, definition) VALUES (?, ?, ?)');
  const update = prepare('UPDATE attribute_source SET definition = ? WHERE generation = ? AND alias = ?');
  const remove = prepare('UPDATE attribute_source SET is_deleted = 1 WHERE generation = ? AND alias = ?');
  const countDropped = prepare(
    'UPDATE attribute_source SET dropped_files = dropped_files + ? WHERE generation = ? AND alias = ?',
  );
  return {
    ...reader,
    countDropped: (generation: number, alias: string, files: number) =>
      files > 0 && countDropped.run(files, generation, alias),
    write(generation: number, source: SourceDefinition): void {
      const text = JSON.stringify(source);
      if (update.run(text, generation, source.alias).changes === 0) insert.run(generation, source.alias, text);
    },
    /** Its alias stays taken (ca-alias-burnt). */
    remove: (generation: number, alias: string) => remove.run(generation, alias).changes > 0,
  };
}

const TEXTS_MAX = 64;
