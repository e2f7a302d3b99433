/** Which column is the id, and which attribute each other column writes. */
import type { VisitorIdKind } from '../../protocol/vocabulary/index.ts';
import type { Fault } from '../read/fault.ts';
import type { PlannedColumn } from './upload-plan.ts';

export interface MappingOptions {
  readonly idColumn?: string | undefined;
  readonly idKind?: VisitorIdKind | undefined;
  readonly rename: Readonly<Record<string, string>>;
  readonly drop: readonly string[];
  readonly keep?: readonly string[] | undefined;
}

/** A column that carries no attribute. */
export const NOT_SENT = -1;
/** A column without a name: it may be there, but must be empty. */
export const UNNAMED = -2;

export interface ColumnMapping {
  readonly idKind: VisitorIdKind;
  readonly idColumn: string;
  /** The id's column number. */
  readonly idIndex: number;
  /** For each column: its attribute's number, NOT_SENT or UNNAMED. */
  readonly targets: readonly number[];
  readonly attributes: readonly string[];
  readonly planned: readonly PlannedColumn[];
  /** Takes in columns that have turned up since; attribute numbers given once stay. */
  extend(): readonly Fault[];
  /** What can be said only when every column is known: names in the options that no column has. */
  unknownColumns(): readonly Fault[];
}

/** `columns` is the table's own growing list; the id is looked for among the first `firstColumns` of them. */
export function mapColumns(
  columns: readonly string[],
  firstColumns: number,
  options: MappingOptions,
): ColumnMapping | Fault {
  const id = findIdColumn(columns.slice(0, firstColumns), options);
  if ('code' in id) return id;
  const { idColumn, idKind } = id;
  const rename = new Map(Object.entries(options.rename));
  const drop = new Set(options.drop);
  const keep = options.keep === undefined ? undefined : new Set(options.keep);
  const targets: number[] = [];
  const attributes: string[] = [];
  const planned: PlannedColumn[] = [];
  const origins = new Map<string, string>();
  let idIndex = -1;

  const extend = () => {
    const faults: Fault[] = [];
    while (targets.length < columns.length) {
      const index = targets.length;
      const column = columns[index]!;
      if (column === idColumn) {
        if (idIndex !== -1) faults.push(duplicate(column, index, 'two columns are called so'));
        idIndex = index;
        targets.push(NOT_SENT);
      } else if (column.trim() === '') {
        targets.push(UNNAMED);
      } else if (drop.has(column) || (keep !== undefined && !keep.has(column))) {
        targets.push(NOT_SENT);
      } else {
        const attribute = rename.get(column) ?? column;
        const origin = origins.get(attribute);
        if (origin !== undefined) {
          const why = origin === column ? 'two columns are called so' : `"${origin}" is sent as "${attribute}" already`;
          faults.push(duplicate(column, index, why));
        }
        origins.set(attribute, column);
        targets.push(attributes.length);
        attributes.push(attribute);
        planned.push({ column, attribute });
      }
    }
    return faults;
  };

  return {
    idKind,
    idColumn,
    get idIndex() {
      return idIndex;
    },
    targets,
    attributes,
    planned,
    extend,
    unknownColumns() {
      const known = new Set(columns);
      const asked = [...rename.keys(), ...drop, ...(keep ?? [])];
      // An NDJSON may name its id later than in its first object, but not never.
      const missing = known.has(idColumn) ? [] : [noIdColumn(`No column is called "${idColumn}". ${list(columns)}`)];
      const unknown = [...new Set(asked)]
        .filter((name) => !known.has(name))
        .map((name) => {
          const message = `The options name the column "${name}", which the input does not have. ${list(columns)}`;
          return { code: 'unknown-column' as const, name, message, wholeFile: true };
        });
      return [...missing, ...unknown];
    },
  };
}

function findIdColumn(
  columns: readonly string[],
  options: MappingOptions,
): { readonly idColumn: string; readonly idKind: VisitorIdKind } | Fault {
  const kindOf = (column: string) => options.idKind ?? (column === 'pcId' ? 'pcId' : 'thirdPartyId');
  if (options.idColumn !== undefined) return { idColumn: options.idColumn, idKind: kindOf(options.idColumn) };
  const candidates = ['thirdPartyId', 'pcId'].filter((name) => columns.includes(name));
  if (candidates.length === 1) return { idColumn: candidates[0]!, idKind: kindOf(candidates[0]!) };
  const what =
    candidates.length === 0 ? 'No column is called thirdPartyId or pcId' : 'There are both thirdPartyId and pcId';
  return noIdColumn(`${what}: say which column holds the visitor id. ${list(columns)}`);
}

export function noIdColumn(message: string): Fault {
  return { code: 'no-id-column', rule: 'hdr-key-first', message, wholeFile: true };
}

/** "Its columns are …", bounded. */
export function list(columns: readonly string[]): string {
  const shown = columns.slice(0, COLUMNS_SHOWN).map((name) => `"${name.slice(0, NAME_CHARACTERS_SHOWN)}"`);
  const more = columns.length > COLUMNS_SHOWN ? ` and ${columns.length - COLUMNS_SHOWN} more` : '';
  return `Its columns are ${shown.join(', ')}${more}.`;
}

const COLUMNS_SHOWN = 20;
const NAME_CHARACTERS_SHOWN = 60;

function duplicate(name: string, index: number, why: string): Fault {
  const message = `The column "${name}" is ambiguous: ${why}. Rename or drop one.`;
  return { code: 'duplicate-column', column: index + 1, name, rule: 'our-column-names', message, wholeFile: true };
}
