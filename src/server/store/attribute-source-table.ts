/** Attribute sources in the database: each a JSON text, found by the client's life and the alias. */
import type { Database } from 'better-sqlite3';
import { caSubscription } from '../../protocol/rules/customer-attributes.ts';
import { shownName } from '../../protocol/vocabulary/index.ts';
import { type FieldsOf, flag, plain } from './columns.ts';
import { recordStatements, statements } from './statements.ts';
import type { SourceDefinition, SourceRecord } from './store.ts';
import { parsedTexts } from './stored-settings.ts';

export function sourceReader(database: Database) {
  // A fetch and each visit ask for all of a client code's.
  const definitionOf = parsedTexts((stored) => stored as SourceDefinition);
  const columns = {
    id: plain<number>('id'),
    definition: { sql: 'definition', of: definitionOf },
    isDeleted: flag('is_deleted'),
    droppedFiles: plain<number>('dropped_files'),
  };
  const { select } = recordStatements(database, columns, 'FROM attribute_source');
  const selectOne = select('WHERE generation = ? AND alias = ?');
  const selectAll = select('WHERE generation = +? ORDER BY id');
  const recordOf = ({ definition, ...rest }: FieldsOf<typeof columns>): SourceRecord => ({ ...definition, ...rest });
  const all = (generation: number) => selectAll.all(generation).map(recordOf);
  return {
    all,
    find(generation: number, alias: string): SourceRecord | undefined {
      const row = selectOne.get(generation, alias);
      return row && recordOf(row);
    },
    /** Those that Target is subscribed to, and what their attributes are called there. */
    subscribed: (generation: number) =>
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
