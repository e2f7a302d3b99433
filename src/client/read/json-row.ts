/** Reads one JSON object as a row: numbers keep the text they were written in, nested objects are columns by their path. */
import { parseJson, repeatedKey } from '../../protocol/wire/index.ts';
import type { CompleteInputOptions } from '../upload-options.ts';
import { type InputProblem, problemOf } from './input-problem.ts';
import { COLUMNS_MAX, type InputRow, NO_PROBLEMS } from './row-block.ts';

export interface JsonOptions extends Pick<CompleteInputOptions, 'flatten'> {
  /** Whether nobody wants what is under a name: it may then be anything. */
  readonly isDropped: (name: string) => boolean;
  /** Whether an option names as one column what is this object, and means none of its keys. */
  readonly isMisnamed: (name: string, nested: object) => boolean;
}

/** What reads each object, and the table they make: its columns grow with the keys that turn up. */
export function jsonRows({ flatten, isDropped, isMisnamed }: JsonOptions) {
  const columns: string[] = [];
  const indexes = new Map<string, number>();
  /** Named although they are objects: each is told once. */
  const several = new Set<string>();
  const table = { delimiter: undefined, header: '', columns, firstColumns: 0 };

  function read(content: string, line: number): InputRow {
    const value = parsed(content);
    if (typeof value === 'string')
      return { line, text: content, cells: [], problems: [noObject(content, line, value)] };
    const cells: (string | undefined)[] = [];
    const problems: InputProblem[] = [];
    let column = 0;
    const walk = (object: object, prefix: string, depth: number) => {
      for (const [key, cell] of Object.entries(object)) {
        if (prefix === '') column += 1;
        const name = prefix + key;
        if (flatten && depth < DEPTH_MAX && isObject(cell) && !isDropped(name)) {
          if (!several.has(name) && isMisnamed(name, cell)) {
            several.add(name);
            problems.push({ ...severalColumns(name, cell), line, column });
          }
          walk(cell, `${name}.`, depth + 1);
          continue;
        }
        let index = indexes.get(name);
        // The file is refused by then, and what is known of the row must not look as if it were not there.
        if (index === undefined && columns.length > COLUMNS_MAX) continue;
        if (index === undefined) indexes.set(name, (index = columns.push(name) - 1));
        const text = index in cells ? twice(name) : readCell(cell, name, flatten, isDropped);
        if (typeof text === 'object') problems.push({ ...text, line, column, name });
        else cells[index] = text;
      }
    };
    walk(value, '', 1);
    table.firstColumns ||= columns.length;
    const repeated = mayRepeatKey(content, value) ? repeatedKey(content, value) : undefined;
    if (repeated !== undefined) problems.push({ ...twice(repeated.name), ...repeated, line });
    return { line, text: content, cells, problems: problems.length === 0 ? NO_PROBLEMS : problems };
  }

  return { read, table };
}

/** An object whose numbers are the text they were written in, or what the content is instead. */
function parsed(content: string): object | string {
  let value: unknown;
  try {
    value = NUMBER_WITH_ANOTHER_FORM.test(content)
      ? parseJson(content, (_key, part, { source }) => (typeof part === 'number' ? source : part))
      : parseJson(content);
  } catch {
    return 'The line is not JSON';
  }
  return isObject(value) ? value : 'The line is no JSON object';
}

/** What `String(number)` may write otherwise. It may stand in a text, which costs time only. */
const NUMBER_WITH_ANOTHER_FORM = /[:[,]\s*(?:-?\d+[.eE]|-?\d{16}|-0)/;

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A scalar as text, null as an empty one. */
function readCell(cell: unknown, name: string, flatten: boolean, isDropped: (name: string) => boolean) {
  if (cell === null) return '';
  if (typeof cell === 'boolean' || typeof cell === 'number') return String(cell);
  if (typeof cell === 'string') {
    if (!LONE_SURROGATE.test(cell)) return cell;
    return problemOf('lone-surrogate', 'The text holds half a surrogate pair, which UTF-8 cannot carry.');
  }
  if (isDropped(name)) return '';
  const what = Array.isArray(cell) ? 'an array' : 'an object';
  const way = flatten || Array.isArray(cell) ? '' : 'send what is in it by its path (--flatten), or ';
  const message = `The value is ${what}, and attributes are flat: ${way}leave it out (--drop ${JSON.stringify(name)}).`;
  return problemOf('nested-value', message);
}

function severalColumns(name: string, value: object): InputProblem {
  const [key = 'KEY'] = Object.keys(value);
  const message = `The options name the column "${name}", which is an object here, and becomes a column for each of its keys. Name those, such as "${name}.${key}".`;
  return problemOf('unknown-column', message, { name });
}

const LONE_SURROGATE = /\p{Surrogate}/u;

function twice(name: string | undefined): InputProblem {
  const which = name === undefined ? 'A key' : `The key ${JSON.stringify(name)}`;
  return problemOf('duplicate-key', `${which} stands in the object twice: which value is meant?`);
}

/** Run for every row: a text that holds a colon behind a quote makes it true as well, which costs time only. */
function mayRepeatKey(content: string, value: object): boolean {
  let colons = 0;
  for (let at = content.indexOf(':'); at !== -1; at = content.indexOf(':', at + 1)) {
    let before = at - 1;
    while (content.charCodeAt(before) <= BLANK) before -= 1;
    if (content[before] === '"') colons += 1;
  }
  return colons !== Object.keys(value).length;
}

const BLANK = 0x20;

/** Levels of objects that become one name. */
const DEPTH_MAX = 32;

function noObject(content: string, line: number, what: string): InputProblem {
  // Then every line is only a piece of something.
  if (/[{[,]\s*$/.test(content)) {
    const message =
      'The JSON goes on in other lines: NDJSON has one object on each. Make it so: jq -c . FILE | tpe upload -';
    return problemOf('not-an-object', message, { line, wholeFile: true });
  }
  const message = `${what}. NDJSON has one object on each line, such as {"thirdPartyId":"a1","city":"Basel"}.`;
  return problemOf('not-an-object', message, { line });
}
