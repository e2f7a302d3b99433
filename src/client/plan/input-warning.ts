/** What is sent and was surely not meant so: found while the input is judged, counted, the first rows named. */
import type { RuleId } from '../../protocol/vocabulary/index.ts';

export interface InputWarning {
  readonly code: WarningCode;
  /** The column's name, where the warning is about one. */
  readonly name?: string;
  readonly rule?: RuleId;
  /** One sentence for a person. */
  readonly message: string;
  /** Rows it applies to, or 1 for a whole column or file. */
  readonly count: number;
  /** The first of those rows; none for a whole column or file. */
  readonly first: readonly WarningPlace[];
}

export interface WarningPlace {
  /** The file, where the input has several. */
  readonly file?: string;
  readonly line: number;
}

/** Each with its sentence and, where the API's documents speak of it, its rule. */
const WARNINGS = {
  'placeholder-id': ['The id looks like a placeholder: all such rows write one visitor.'],
  'repeated-id': ['The id stood in an earlier row: where both have a value, the later one stays.', 'our-duplicate-ids'],
  'hidden-character': ['There is an invisible character: it is another text, or visitor, than the one without.'],
  'decomposed-id': [
    'The id spells a letter and its accent apart (not NFC): another visitor than the one with é in one.',
  ],
  'spreadsheet-value': ['A spreadsheet has rewritten the value (1.23E+12, ="00123", #REF!): it is not what it was.'],
  'quoted-value': ['The value stands in quotes that are no CSV quotes: they are part of it.'],
  'lost-character': ['The value holds U+FFFD: an earlier conversion lost a character there.'],
  'control-character': ['The value holds a control character.'],
  'null-word': ['The value is the word null. Cells that mean "nothing": --nulls NULL,null', 'empty-null-word'],
  'long-value': [
    'The value has more than 256 characters, the most that mbox and Delivery calls may send.',
    'lim-value-256',
  ],
  'two-readings': [
    'A comma or line break arrives whole where the body is read as raw text, and cuts the value in two where it is read as a form. No document says which it is; try the other: tpe serve --body form.',
    'enc-two-readings',
  ],
  'large-profile': [
    'The row alone has more than 64 KB: the oldest attributes of the profile are dropped.',
    'lim-profile-64k',
  ],
  'profile-prefix': [
    'Target puts profile. before every name: this attribute becomes profile.profile.… Rename it without the prefix.',
    'hdr-paramname-only',
  ],
  'id-alone': ['No column is sent besides the id, and a row without values changes nothing.', 'empty-only-skipped'],
  'empty-column': ['No row has a value in this column.', 'empty-ignored'],
  'short-row': ['The row has fewer cells than the header row: what it lacks stays as it is. Was a delimiter lost?'],
  'missing-column': ['Not every file has this column.'],
  'batch-note': ['Worth knowing.'],
  'attribute-name': ['No customer attribute may be called so.', 'ca-name-no-dot'],
} as const satisfies Readonly<Record<string, readonly [message: string, rule?: RuleId]>>;

export type WarningCode = keyof typeof WARNINGS;

type Group = Omit<InputWarning, 'count' | 'first'> & { count: number; first: WarningPlace[] };

/** Groups warnings by code and column, up to a bound. */
export class WarningCollector {
  readonly #groups = new Map<string, Group>();
  /** By attribute number: whether some row has a value for it. */
  readonly filled: boolean[] = [];
  /** The file that is being read, where there are several. */
  file: string | undefined;

  row(code: WarningCode, line: number, name?: string, rule?: RuleId, message?: string): void {
    const group = this.#group(code, name, rule, message);
    group.count += 1;
    if (group.first.length < PLACES_MAX)
      group.first.push({ ...(this.file !== undefined && { file: this.file }), line });
  }

  /** About rows that somebody else has counted. */
  rows(code: WarningCode, count: number, first: readonly WarningPlace[]): void {
    Object.assign(this.#group(code), { count, first });
  }

  /** About a column of the file, or all of it. */
  column(code: WarningCode, name?: string): void {
    this.#group(code, name).count = 1;
  }

  list(): readonly InputWarning[] {
    return [...this.#groups.values()];
  }

  #group(code: WarningCode, given?: string, ownRule?: RuleId, ownMessage?: string): Group {
    const isFull = this.#groups.size >= GROUPS_MAX;
    const key = JSON.stringify([code, isFull ? undefined : (given ?? ownRule)]);
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    const [text, rule = ownRule] = WARNINGS[code] as readonly [message: string, rule?: RuleId];
    const name = isFull ? undefined : given;
    const about = { code, ...(name !== undefined && { name }), ...(rule && { rule }), message: ownMessage ?? text };
    const group = { ...about, count: 0, first: [] };
    this.#groups.set(key, group);
    return group;
  }
}

/** Rows named for each warning; all are counted. */
export const PLACES_MAX = 5;
/** Columns may have any number of warnings; beyond so many they are counted together. */
const GROUPS_MAX = 1_000;
