/** Which column is the id, which attribute each other column writes, and what its cells mean. */
import type { VisitorIdKind } from '../../protocol/vocabulary/index.ts';
import { trimmed } from '../read/blanks.ts';
import { type InputProblem, problemOf } from '../read/input-problem.ts';
import { UploadError } from '../upload-error.ts';
import type { PlannedColumn } from './upload-plan.ts';

export interface MappingOptions {
  readonly idColumn?: string | undefined;
  readonly idKind?: VisitorIdKind | undefined;
  readonly rename: Readonly<Record<string, string>>;
  readonly drop: readonly string[];
  readonly keep?: readonly string[] | undefined;
  /** Attribute that gets the id as its value. */
  readonly idAttribute?: string | undefined;
  /** Attributes that get the same value in every row. */
  readonly constants: Readonly<Record<string, string>>;
  readonly trim: boolean;
  /** Cells that mean the same as an empty one. */
  readonly nulls: readonly string[];
  /** Cells that mean "no longer anything", and what to send for them, since no API takes an attribute away (empty-no-delete). */
  readonly cleared: readonly string[];
  readonly clearedAs?: string | undefined;
}

/** A column that carries no attribute. */
export const NOT_SENT = -1;
/** A column without a name: it may be there, but must be empty. */
export const UNNAMED = -2;

/** The attributes of all files of an input; numbers given once stay. */
export interface Attributes {
  readonly planned: PlannedColumn[];
  readonly numbers: Map<string, number>;
}

export interface ColumnMapping {
  readonly idKind: VisitorIdKind;
  readonly idColumn: string;
  /** The id's column number. */
  readonly idIndex: number;
  /** The id's attribute number, if it is one as well. */
  readonly idTarget: number | undefined;
  /** By attribute number; they come first. */
  readonly constants: readonly (string | undefined)[];
  /** For each column: its attribute's number, NOT_SENT or UNNAMED. */
  readonly targets: readonly number[];
  /** By attribute number. */
  readonly planned: readonly PlannedColumn[];
  /** Whether cells are sent as they stand and nothing besides: then lines may be encoded straight from their bytes. */
  readonly isPlain: boolean;
  /** What is to be sent for a cell; empty for nothing. */
  cellOf(cell: string, use: 'id' | 'value'): string;
  /** All names in UTF-8. */
  nameBytes(): number;
  /** Takes in columns that have turned up since. */
  extend(): readonly InputProblem[];
}

/** @throws `options-invalid` for what would be asked for and left undone */
export function assertMapping({ cleared, clearedAs }: MappingOptions): void {
  if (cleared.length > 0 === (clearedAs !== undefined)) return;
  throw UploadError.ofOptions(['Options cleared and clearedAs go together: which cells, and what is sent for them.']);
}

/** Whether nobody wants what is under a name, or, for nested objects, under any path that begins with it. */
export function dropsName({ drop, keep, idColumn }: MappingOptions): (name: string) => boolean {
  const dropped = new Set(drop);
  const kept = keep === undefined ? undefined : [...keep, ...(idColumn === undefined ? [] : [idColumn])];
  return (name) =>
    dropped.has(name) || (kept !== undefined && !kept.some((path) => path === name || path.startsWith(`${name}.`)));
}

export function newAttributes({ constants, idAttribute }: MappingOptions): Attributes {
  const names = [...Object.keys(constants), ...(idAttribute === undefined ? [] : [idAttribute])];
  return {
    planned: names.map((name) => ({ column: name === idAttribute ? 'id' : 'constant', attribute: name })),
    numbers: new Map(names.map((name, index) => [name, index])),
  };
}

/** `columns` is the table's own growing list; the id is looked for among the first `firstColumns` of them. */
export function mapColumns(
  columns: readonly string[],
  firstColumns: number,
  options: MappingOptions,
  { planned, numbers }: Attributes = newAttributes(options),
): ColumnMapping | InputProblem {
  const id = findIdColumn(columns.slice(0, firstColumns), options);
  if ('code' in id) return id;
  const { idColumn, idKind } = id;
  const rename = new Map(Object.entries(options.rename));
  const { constants, idAttribute } = options;
  const isDropped = dropsName({ ...options, idColumn });
  const targets: number[] = [];
  const origins = new Map<string, string>();
  for (const name of Object.keys(constants)) origins.set(name, 'a constant');
  if (idAttribute !== undefined) origins.set(idAttribute, 'the id');
  let idIndex = -1;
  let nameBytes = 0;
  let namesCounted = 0;

  const extend = () => {
    const problems: InputProblem[] = [];
    if (targets.length === 0) problems.push(...contradictions(idColumn, options));
    while (targets.length < columns.length) {
      const index = targets.length;
      const column = columns[index]!;
      if (column === idColumn) {
        if (idIndex !== -1) problems.push(duplicate(column, index, 'two columns are called so'));
        idIndex = index;
        targets.push(NOT_SENT);
      } else if (trimmed(column) === '') {
        targets.push(UNNAMED);
      } else if (isDropped(column)) {
        if (rename.has(column)) problems.push(renamedAndDropped(column, index));
        targets.push(NOT_SENT);
      } else {
        const attribute = rename.get(column) ?? column;
        const origin = origins.get(attribute);
        if (origin !== undefined) {
          const why = origin === column ? 'two columns are called so' : `"${origin}" is sent as "${attribute}" already`;
          problems.push(duplicate(column, index, why));
        }
        origins.set(attribute, column);
        let number = numbers.get(attribute);
        if (number === undefined) {
          numbers.set(attribute, (number = planned.length));
          planned.push({ column, attribute });
        }
        targets.push(number);
      }
    }
    return problems;
  };

  return {
    idKind,
    idColumn,
    get idIndex() {
      return idIndex;
    },
    idTarget: idAttribute === undefined ? undefined : numbers.get(idAttribute),
    constants: Object.values(constants),
    targets,
    planned,
    isPlain: isPlain(options),
    cellOf: cellReader(options),
    nameBytes() {
      for (const { attribute } of planned.slice(namesCounted)) nameBytes += Buffer.byteLength(attribute);
      namesCounted = planned.length;
      return nameBytes;
    },
    extend,
  };
}

function isPlain({ constants, idAttribute, trim, nulls, cleared }: MappingOptions): boolean {
  return (
    !trim && idAttribute === undefined && [nulls, cleared, Object.keys(constants)].every(({ length }) => length === 0)
  );
}

function cellReader(options: MappingOptions): ColumnMapping['cellOf'] {
  if (isPlain(options)) return (cell) => cell;
  const nulls = new Set(options.nulls);
  const cleared = new Set(options.cleared);
  return (given, use) => {
    const cell = options.trim ? trimmed(given) : given;
    if (use === 'value' && cleared.has(cell)) return options.clearedAs ?? '';
    return nulls.has(cell) ? '' : cell;
  };
}

/** Names in the options that no file has. */
export function unknownColumns(known: ReadonlySet<string>, options: MappingOptions): readonly InputProblem[] {
  const asked = [...Object.keys(options.rename), ...options.drop, ...(options.keep ?? [])];
  return [...new Set(asked)]
    .filter((name) => !known.has(name))
    .map((name) => {
      const message = `The options name the column "${name}", which the input does not have. ${list([...known])}`;
      return problemOf('unknown-column', message, { name });
    });
}

function findIdColumn(
  columns: readonly string[],
  options: MappingOptions,
): { readonly idColumn: string; readonly idKind: VisitorIdKind } | InputProblem {
  const kindOf = (column: string) => options.idKind ?? (column === 'pcId' ? 'pcId' : 'thirdPartyId');
  if (options.idColumn !== undefined) return { idColumn: options.idColumn, idKind: kindOf(options.idColumn) };
  const candidates = ['thirdPartyId', 'pcId'].filter((name) => columns.includes(name));
  if (candidates.length === 1) return { idColumn: candidates[0]!, idKind: kindOf(candidates[0]!) };
  if (candidates.length > 1)
    return noIdColumn(`There are both thirdPartyId and pcId: choose one with --id-column. ${list(columns)}`);
  const alike = columns.find((name) => /^(?:mbox)?(?:3rd|third)_?party_?id$|^pc_?id$/i.test(name)) ?? 'NAME';
  const what = `No column is called thirdPartyId or pcId. Say which one holds the visitor id: --id-column ${alike}.`;
  return noIdColumn(`${what} ${list(columns)}${oneColumn(columns)}`);
}

/** Where the whole header row came out as one name, it was not cut where it should have been. */
function oneColumn(columns: readonly string[]): string {
  const [other] = columns.length === 1 ? (/[,;\t|:^~]/.exec(columns[0]!) ?? []) : [];
  return other === undefined ? '' : ` If it is several, say what separates them: --delimiter ${JSON.stringify(other)}.`;
}

export const noIdColumn = (message: string): InputProblem => problemOf('no-id-column', message);

/** "Its columns are …", bounded. */
export function list(columns: readonly string[]): string {
  const shown = columns.slice(0, COLUMNS_SHOWN).map((name) => `"${name.slice(0, NAME_CHARACTERS_SHOWN)}"`);
  const more = columns.length > COLUMNS_SHOWN ? ` and ${columns.length - COLUMNS_SHOWN} more` : '';
  return `Its columns are ${shown.join(', ')}${more}.`;
}

const COLUMNS_SHOWN = 20;
const NAME_CHARACTERS_SHOWN = 60;

/** Nothing that was asked for is left undone without a word. */
function* contradictions(
  idColumn: string,
  { rename, drop, constants, idAttribute }: MappingOptions,
): Generator<InputProblem> {
  if (Object.hasOwn(rename, idColumn) || drop.includes(idColumn)) {
    const message = `The column "${idColumn}" holds the id, which can be neither renamed nor dropped. To send it as an attribute too: --id-attribute NAME.`;
    yield problemOf('unknown-column', message, { name: idColumn });
  }
  if (idAttribute === undefined || !Object.hasOwn(constants, idAttribute)) return;
  const message = `The attribute "${idAttribute}" cannot be both the id and a constant.`;
  yield problemOf('duplicate-column', message, { name: idAttribute });
}

function renamedAndDropped(name: string, index: number): InputProblem {
  const message = `The column "${name}" is renamed, and not sent because of --drop or --keep: which is meant?`;
  return problemOf('unknown-column', message, { column: index + 1, name });
}

function duplicate(name: string, index: number, why: string): InputProblem {
  const message = `The column "${name}" is ambiguous: ${why}. Rename or drop one.`;
  return problemOf('duplicate-column', message, { column: index + 1, name });
}
