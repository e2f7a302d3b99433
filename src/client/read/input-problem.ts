/** Something wrong with the input, found before anything is sent; and the bounded list of them. */
import type { RuleId } from '../../protocol/vocabulary/index.ts';

/** Each with the rule of the API that would be broken, if it is one, and whether it is of the whole file, where nobody says otherwise. */
const PROBLEMS = {
  'empty-input': { wholeFile: true },
  'not-an-export': { wholeFile: true },
  'packed-data': { wholeFile: true },
  'not-utf8': { rule: 'our-not-utf8' },
  'line-ends': {},
  'no-id-column': { rule: 'hdr-key-first', wholeFile: true },
  'duplicate-column': { rule: 'our-column-names', wholeFile: true },
  'unknown-column': { wholeFile: true },
  'unnamed-column': {},
  'too-many-columns': { wholeFile: true },
  'too-many-cells': {},
  'cut-row': {},
  'broken-quotes': {},
  'blank-and-quote': {},
  'repeated-header': {},
  'hidden-character': {},
  'not-an-object': {},
  'not-an-array': { wholeFile: true },
  'duplicate-key': { rule: 'our-column-names' },
  'nested-value': {},
  'lone-surrogate': {},
  'blank-id': { rule: 'our-blank-key' },
  'blanks-around-id': {},
  'id-too-long': { rule: 'key-3rd-len' },
  'id-characters': { rule: 'key-3rd-chars' },
  'row-too-large': {},
  'id-too-large': { rule: 'v2-override-caveat', wholeFile: true },
  'too-many-parts': { wholeFile: true },
  'batch-refused': { wholeFile: true },
  'batch-row': {},
  warning: { wholeFile: true },
} as const satisfies Readonly<Record<string, { readonly rule?: RuleId; readonly wholeFile?: true }>>;

export type InputProblemCode = keyof typeof PROBLEMS;

export interface InputProblem {
  readonly code: InputProblemCode;
  /** The file, where the input has several. */
  readonly file?: string;
  /** Of the input file, from 1; absent when the whole file is meant. */
  readonly line?: number;
  /** Cell within the line, from 1 (for JSON: the key's place in its object); absent when the whole line is meant. */
  readonly column?: number;
  /** The column's name, where it has one. */
  readonly name?: string;
  /** The rule of the API that would be broken, if it is one. */
  readonly rule?: RuleId;
  /** One sentence for a person, without file and line, and the flag that helps. It quotes ids, never other values. */
  readonly message: string;
  /** A problem of the file rather than of a row: it cannot be skipped. */
  readonly wholeFile: boolean;
}

export function problemOf(
  code: InputProblemCode,
  message: string,
  more: Partial<Omit<InputProblem, 'code' | 'message'>> = {},
): InputProblem {
  return { wholeFile: false, code, ...PROBLEMS[code], ...more, message };
}

// oxlint-disable-next-line no-control-regex -- it is what this is about
export const HIDDEN = /[\u0000\uFEFF]/;

/** `index` is the cell's, from 0. */
export function hiddenCharacter(text: string, index: number, more: Partial<InputProblem>): InputProblem {
  const what = text.includes('\0')
    ? 'NUL, which no text does: is it something else, or in another --encoding?'
    : 'a byte order mark, as in files that were joined. At the ends of cells, --trim takes it off.';
  return problemOf('hidden-character', `The cell holds ${what}`, { column: index + 1, ...more });
}

export const repeatedHeader = (line: number): InputProblem =>
  problemOf('repeated-header', 'The row repeats the header row, as in files that were joined.', { line, column: 1 });

export function notText(line: number, before: string, encoding: string): InputProblem {
  const where = `after ${before.length} characters of the line`;
  const message =
    encoding === 'auto'
      ? `There are bytes that are not UTF-8 ${where}. Say what the file is in, perhaps --encoding windows-1252.`
      : `There is something that is not ${encoding} ${where}: is the --encoding right?`;
  return problemOf('not-utf8', message, { line });
}

/** With the row it is about. Nobody is shown the row: it goes to the file of outcomes that was asked for, if any. */
export interface FoundProblem extends InputProblem {
  /** As it stands in the input. */
  readonly row?: string;
  /** What stands above the rows of its file. */
  readonly header?: string;
}

/** All problems counted, the first ones kept. */
export interface ProblemTally {
  readonly count: number;
  /** By code. */
  readonly counts: Readonly<Partial<Record<InputProblemCode, number>>>;
  readonly first: readonly InputProblem[];
}

/** What was found cannot be read on, whoever reads it: thrown through the layers that know nothing of rows. */
export class UnreadableInput extends Error {
  readonly problem: InputProblem;

  constructor(problem: InputProblem, cause?: unknown) {
    super(problem.message, { cause });
    this.problem = problem;
  }
}

export class ProblemCollector {
  count = 0;
  /** Problems that `onProblem: 'skip'` cannot step over. */
  wholeFile = 0;
  readonly #max: number;
  readonly #first: InputProblem[] = [];
  readonly #counts: Partial<Record<InputProblemCode, number>> = {};

  constructor(max: number) {
    this.#max = max;
  }

  add({ row: _row, header: _header, ...problem }: FoundProblem): void {
    this.count += 1;
    this.#counts[problem.code] = (this.#counts[problem.code] ?? 0) + 1;
    if (problem.wholeFile) this.wholeFile += 1;
    if (this.#first.length < this.#max) this.#first.push(problem);
    // A problem of the whole file is what stops the upload: it must be seen even behind a hundred rows.
    else if (problem.wholeFile && this.wholeFile === 1) this.#first[this.#max - 1] = problem;
  }

  tally(): ProblemTally {
    return { count: this.count, counts: { ...this.#counts }, first: [...this.#first] };
  }
}
