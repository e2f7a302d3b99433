/** Something wrong with the input, found before anything is sent; and the bounded list of them. */
import type { RuleId } from '../../protocol/vocabulary/index.ts';

export type FaultCode =
  | 'empty-input'
  | 'not-utf8'
  | 'line-ends'
  | 'no-id-column'
  | 'duplicate-column'
  | 'unknown-column'
  | 'unnamed-column'
  | 'too-many-columns'
  | 'too-many-cells'
  | 'broken-quotes'
  | 'not-an-object'
  | 'nested-value'
  | 'unsafe-number'
  | 'lone-surrogate'
  | 'blank-id'
  | 'id-too-long'
  | 'id-characters'
  | 'row-too-large'
  | 'id-too-large'
  | 'too-many-parts';

export interface Fault {
  readonly code: FaultCode;
  /** Of the input file, from 1; absent when the whole file is meant. */
  readonly line?: number;
  /** Cell within the line, from 1 (for NDJSON: the key's place in its object); absent when the whole line is meant. */
  readonly column?: number;
  /** The column's name, where it has one. */
  readonly name?: string;
  /** The rule of the API that would be broken, if it is one. */
  readonly rule?: RuleId;
  /** One sentence for a person, without file and line: `thirdPartyId contains "/".` It quotes ids, never other values. */
  readonly message: string;
  /** A fault of the file rather than of a row: it cannot be skipped. */
  readonly wholeFile: boolean;
}

/** All faults counted, the first ones kept. */
export interface FaultTally {
  readonly count: number;
  readonly first: readonly Fault[];
}

/** Collects faults up to a bound. */
export class FaultCollector {
  readonly #max: number;
  readonly #first: Fault[] = [];
  #count = 0;
  #wholeFile = 0;

  constructor(max: number) {
    this.#max = max;
  }

  add(fault: Fault): void {
    this.#count += 1;
    if (fault.wholeFile) this.#wholeFile += 1;
    if (this.#first.length < this.#max) this.#first.push(fault);
    // A fault of the whole file is what stops the upload: it must be seen even behind a hundred faulty rows.
    else if (fault.wholeFile && this.#wholeFile === 1) this.#first[this.#max - 1] = fault;
  }

  get count(): number {
    return this.#count;
  }

  /** Faults that `onFault: 'skip'` cannot step over. */
  get wholeFile(): number {
    return this.#wholeFile;
  }

  tally(): FaultTally {
    return { count: this.#count, first: [...this.#first] };
  }
}
