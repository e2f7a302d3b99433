/** How the fields of a record lie in the database: `sql` gives what is stored, `of` makes the field's value of it. */

export interface Column<Stored, Value> {
  readonly sql: string;
  readonly of: (stored: Stored) => Value;
}

export type Columns = Readonly<Record<string, Column<never, unknown>>>;

/** A record of these columns; what may be undefined may be left out. */
export type FieldsOf<All extends Columns> = {
  readonly [Name in keyof All as undefined extends ValueOf<All[Name]> ? never : Name]: ValueOf<All[Name]>;
} & {
  readonly [Name in keyof All as undefined extends ValueOf<All[Name]> ? Name : never]?: ValueOf<All[Name]>;
};
type ValueOf<Of extends Columns[string]> = ReturnType<Of['of']>;

export const plain = <Value extends number | string | null>(sql: string): Column<Value, Value> => ({
  sql,
  of: (stored) => stored,
});

export const optional = <Value extends number | string>(sql: string): Column<Value | null, Value | undefined> => ({
  sql,
  of: (stored) => stored ?? undefined,
});

export const flag = (sql: string): Column<number | null, boolean> => ({ sql, of: (stored) => stored === 1 });

export const json = <Value>(sql: string): Column<string | null, Value | undefined> => ({
  sql,
  of: (stored) => (stored === null ? undefined : (JSON.parse(stored) as Value)),
});

/** As `json` reads it. */
export const jsonText = (value: object | undefined): string | null =>
  value === undefined ? null : JSON.stringify(value);
