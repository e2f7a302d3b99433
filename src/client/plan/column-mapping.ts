/** Which column is the id, which attribute each other column writes, and what its cells mean. */
import type { VisitorIdKind } from '../../protocol/vocabulary/index.ts';
import { trimmed } from '../read/blanks.ts';
import { type InputProblem, problemOf, UnreadableInput } from '../read/input-problem.ts';
import type { Table } from '../read/row-block.ts';
import { UploadError } from '../upload-error.ts';
import type { CompleteInputOptions } from '../upload-options.ts';
import type { PlannedColumn } from './upload-plan.ts';

/** A column that carries no attribute. */
export const NOT_SENT = -1;
/** A column without a name: it may be there, but must be empty. */
export const UNNAMED = -2;

/** The attributes of all files of an input; numbers given once stay. The id and constants come first. */
export class Attributes {
  readonly planned: PlannedColumn[] = [];
  /** All names in UTF-8. */
  nameBytes = 0;
  readonly #numbers = new Map<string, number>();

  constructor({ constants, idAttribute }: CompleteInputOptions) {
    for (const name of Object.keys(constants)) this.numberOf(name, 'constant');
    if (idAttribute !== undefined) this.numberOf(idAttribute, 'id');
  }

  numberOf(attribute: string, column: string): number {
    let number = this.#numbers.get(attribute);
    if (number === undefined) {
      this.#numbers.set(attribute, (number = this.planned.push({ column, attribute }) - 1));
      this.nameBytes += Buffer.byteLength(attribute);
    }
    return number;
  }
}

/** Of one table. */
export class ColumnMapping {
  readonly attributes: Attributes;
  readonly idKind: VisitorIdKind;
  readonly idColumn: string;
  idIndex = -1;
  /** The id's attribute number, if it is one as well. */
  readonly idTarget: number | undefined;
  /** By attribute number. */
  readonly constants: readonly string[];
  /** For each column: its attribute's number, NOT_SENT or UNNAMED. */
  readonly targets: number[] = [];
  /** Whether cells are sent as they stand and nothing besides: then lines may be encoded straight from their bytes. */
  readonly isPlain: boolean;
  readonly #options: CompleteInputOptions;
  readonly #columns: readonly string[];
  readonly #isDropped: (name: string) => boolean;
  readonly #nulls: ReadonlySet<string>;
  readonly #cleared: ReadonlySet<string>;
  /** Attributes that have a value already, and of what. */
  readonly #origins = new Map<string, string>();

  /** @throws UnreadableInput where there is no id column */
  constructor(
    { columns, firstColumns }: Pick<Table, 'columns' | 'firstColumns'>,
    options: CompleteInputOptions,
    attributes: Attributes = new Attributes(options),
  ) {
    const { constants, idAttribute, trim, nulls, cleared } = options;
    this.attributes = attributes;
    this.idColumn = findIdColumn(columns.slice(0, firstColumns), options);
    this.idKind = options.idKind ?? (this.idColumn === 'pcId' ? 'pcId' : 'thirdPartyId');
    this.constants = Object.values(constants);
    for (const name of Object.keys(constants)) this.#origins.set(name, 'a constant');
    if (idAttribute !== undefined) {
      this.idTarget = attributes.numberOf(idAttribute, 'id');
      this.#origins.set(idAttribute, 'the id');
    }
    this.isPlain = !trim && [nulls, cleared, [...this.#origins]].every(({ length }) => length === 0);
    this.#options = options;
    this.#columns = columns;
    const [dropped, kept] = [new Set(options.drop), options.keep && new Set(options.keep)];
    this.#isDropped = (name) => dropped.has(name) || kept?.has(name) === false;
    this.#nulls = new Set(nulls);
    this.#cleared = new Set(cleared);
  }

  /** What is to be sent for a cell; empty for nothing. */
  cellOf(given: string, use: 'id' | 'value'): string {
    if (this.isPlain) return given;
    const { trim, clearedAs = '' } = this.#options;
    const cell = trim ? trimmed(given) : given;
    if (use === 'value' && this.#cleared.has(cell)) return clearedAs;
    return this.#nulls.has(cell) ? '' : cell;
  }

  /** Takes in columns that have turned up since. */
  extend(): readonly InputProblem[] {
    const problems: InputProblem[] = [];
    if (this.targets.length === 0) problems.push(...contradictions(this.idColumn, this.#options));
    for (let index = this.targets.length; index < this.#columns.length; index += 1)
      this.targets.push(this.#targetOf(this.#columns[index]!, index, problems));
    return problems;
  }

  #targetOf(column: string, index: number, problems: InputProblem[]): number {
    const { rename } = this.#options;
    const refuse = (code: 'duplicate-column' | 'unknown-column', message: string) =>
      void problems.push(problemOf(code, `The column "${column}" is ${message}`, { column: index + 1, name: column }));
    const ambiguous = (why: string) => refuse('duplicate-column', `ambiguous: ${why}. Rename or drop one.`);
    if (column === this.idColumn) {
      if (this.idIndex !== -1) ambiguous('two columns are called so');
      this.idIndex = index;
      return NOT_SENT;
    }
    if (trimmed(column) === '') return UNNAMED;
    const isRenamed = Object.hasOwn(rename, column);
    if (this.#isDropped(column)) {
      if (isRenamed) refuse('unknown-column', 'renamed, and not sent because of --drop or --keep: which is meant?');
      return NOT_SENT;
    }
    const attribute = isRenamed ? rename[column]! : column;
    const origin = this.#origins.get(attribute);
    if (origin !== undefined)
      ambiguous(origin === column ? 'two columns are called so' : `"${origin}" is sent as "${attribute}" already`);
    this.#origins.set(attribute, column);
    return this.attributes.numberOf(attribute, column);
  }
}

/** @throws `options-invalid` for what would be asked for and left undone */
export function assertMapping({ cleared, clearedAs }: CompleteInputOptions): void {
  if (cleared.length > 0 === (clearedAs !== undefined)) return;
  throw UploadError.ofOptions(['Options cleared and clearedAs go together: which cells, and what is sent for them.']);
}

/** Of nested objects: whether nobody wants what is under a path, and whether one is named as if it were a single value. */
export function ofPaths({ drop, keep, rename, idColumn }: CompleteInputOptions) {
  const dropped = new Set(drop);
  const kept = keep && [...keep, ...(idColumn === undefined ? [] : [idColumn])];
  const isDropped = (path: string) =>
    dropped.has(path) || kept?.every((name) => name !== path && !name.startsWith(`${path}.`)) === true;
  return {
    isDropped,
    isMisnamed(path: string, nested: object) {
      const isRenamed = Object.hasOwn(rename, path);
      if (!isRenamed && keep?.includes(path) !== true) return false;
      const keys = Object.keys(nested);
      return keys.length > 0 && (isRenamed || keys.every((key) => isDropped(`${path}.${key}`)));
    },
  };
}

/** Names in the options that no file has. */
export function unknownColumns(known: ReadonlySet<string>, options: CompleteInputOptions): readonly InputProblem[] {
  const asked = [...Object.keys(options.rename), ...options.drop, ...(options.keep ?? [])];
  return [...new Set(asked)]
    .filter((name) => !known.has(name))
    .map((name) => {
      const message = `The options name the column "${name}", which the input does not have. ${list([...known])}`;
      return problemOf('unknown-column', message, { name });
    });
}

function findIdColumn(columns: readonly string[], { idColumn }: CompleteInputOptions): string {
  if (idColumn !== undefined) return idColumn;
  const [candidate, other] = ['thirdPartyId', 'pcId'].filter((name) => columns.includes(name));
  if (other !== undefined)
    throw new UnreadableInput(
      noIdColumn(`There are both thirdPartyId and pcId: choose one with --id-column. ${list(columns)}`),
    );
  if (candidate !== undefined) return candidate;
  const alike = columns.find((name) => /^(?:mbox)?(?:3rd|third)_?party_?id$|^pc_?id$/i.test(name)) ?? 'NAME';
  const what = `No column is called thirdPartyId or pcId. Say which one holds the visitor id: --id-column ${alike}.`;
  throw new UnreadableInput(noIdColumn(`${what} ${list(columns)}${oneColumn(columns)}`));
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
function* contradictions(idColumn: string, { rename, drop, constants, idAttribute }: CompleteInputOptions) {
  if (Object.hasOwn(rename, idColumn) || drop.includes(idColumn)) {
    const message = `The column "${idColumn}" holds the id, which can be neither renamed nor dropped. To send it as an attribute too: --id-attribute NAME.`;
    yield problemOf('unknown-column', message, { name: idColumn });
  }
  if (idAttribute === undefined || !Object.hasOwn(constants, idAttribute)) return;
  const message = `The attribute "${idAttribute}" cannot be both the id and a constant.`;
  yield problemOf('duplicate-column', message, { name: idAttribute });
}
