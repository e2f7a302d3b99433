/** Statements of a connection, each compiled when it is first used: a store has more than a hundred, and most runs need few. */
import type { Database, RunResult, Statement } from 'better-sqlite3';
import type { Columns, FieldsOf } from './columns.ts';
import type { Page } from './store.ts';

interface LazyStatement<Values extends unknown[], Row> {
  get(...values: Values): Row | undefined;
  all(...values: Values): Row[];
  iterate(...values: Values): Iterable<Row>;
  run(...values: Values): RunResult;
}

export type Bound = number | string | Uint8Array | null;

/** What a row is: an object by `prepare`, its only column by `pluck`, a tuple by `raw`. */
export function statements(database: Database) {
  const lazily = <Values extends unknown[], Row>(compile: () => Statement<Values, Row>): LazyStatement<Values, Row> => {
    let compiled: Statement<Values, Row> | undefined;
    return {
      get: (...values) => (compiled ??= compile()).get(...values),
      all: (...values) => (compiled ??= compile()).all(...values),
      iterate: (...values) => (compiled ??= compile()).iterate(...values),
      run: (...values) => (compiled ??= compile()).run(...values),
    };
  };
  return {
    prepare: <Values extends unknown[] = Bound[], Row = unknown>(sql: string) =>
      lazily(() => database.prepare<Values, Row>(sql) as Statement<Values, Row>),
    pluck: <Values extends unknown[], Value>(sql: string) =>
      lazily(() => (database.prepare<Values, Value>(sql) as Statement<Values, Value>).pluck()),
    raw: <Values extends unknown[], Tuple>(sql: string) =>
      lazily(() => (database.prepare<Values, Tuple>(sql) as Statement<Values, Tuple>).raw()),
  };
}

/** Statements whose rows are records, with all fields or those that are asked for. */
export function recordStatements<All extends Columns>(database: Database, columns: All, from = '') {
  type Of<Field extends keyof All> = FieldsOf<Pick<All, Field>>;
  const { raw } = statements(database);

  const reading = <Field extends keyof All>(fields: readonly Field[], before: string, after: string) => {
    const listed = fields.map((field) => columns[field]!);
    const rows = raw<Bound[], readonly never[]>(`${before} ${listed.map(({ sql }) => sql).join(', ')} ${after}`);
    const recordOf = (stored: readonly never[]): Of<Field> => {
      const record: Record<PropertyKey, unknown> = {};
      for (let at = 0; at < fields.length; at += 1) record[fields[at]!] = listed[at]!.of(stored[at]!);
      return record as Of<Field>;
    };
    return {
      get(...values: Bound[]): Of<Field> | undefined {
        const stored = rows.get(...values);
        return stored && recordOf(stored);
      },
      all: (...values: Bound[]): Of<Field>[] => rows.all(...values).map(recordOf),
    };
  };

  const allFields: readonly (keyof All)[] = Object.keys(columns);
  return {
    /** `rest` is the SQL that follows the table's name. */
    select: <Field extends keyof All = keyof All>(rest: string, fields = allFields as readonly Field[]) =>
      reading(fields, 'SELECT', `${from} ${rest}`),
    /** `change` is the SQL of an INSERT or UPDATE; the records are those that it has changed. */
    returning: <Field extends keyof All>(change: string, fields: readonly Field[]) =>
      reading(fields, `${change} RETURNING`, ''),
  };
}

/** The SQL of an INSERT into these columns, listed as SQL lists them. */
export const insertion = (table: string, columns: string): string =>
  `INSERT INTO ${table} (${columns}) VALUES (${columns.replace(/\w+/g, '?')})`;

/** What was found with one more than the limit: whether there is a next page, and where it begins. */
export function pageOf<Item>(found: readonly Item[], limit: number, cursorOf: (last: Item) => number): Page<Item> {
  const items = found.slice(0, limit);
  return { items, next: found.length > limit ? String(cursorOf(items.at(-1)!)) : undefined };
}
