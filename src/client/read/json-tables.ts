/** Reads NDJSON, one object a line, or a JSON array of objects, which may be larger than memory. */
import { type InputProblem, problemOf, notText } from './input-problem.ts';
import { type JsonOptions, jsonRows } from './json-row.ts';
import { COLUMNS_MAX, type InputRow, type RowBlock, type Table } from './row-block.ts';
import type { TextBlock } from './text-blocks.ts';

export function ndjsonTable(blocks: AsyncIterable<TextBlock>, options: JsonOptions & { readonly encoding: string }) {
  const { read, table } = jsonRows(options);

  async function* rowBlocks(): AsyncGenerator<RowBlock> {
    for await (const block of blocks) {
      const rows: InputRow[] = [];
      const problems: InputProblem[] = [];
      let line = block.firstLine - 1;
      for (const content of block.text.replace(/\n$/, '').split('\n')) {
        line += 1;
        const before = block.notUtf8.get(line);
        if (before !== undefined)
          rows.push({ line, text: content, cells: [], problems: [notText(line, before, options.encoding)] });
        else if (/\S/.test(content)) rows.push(read(content, line));
      }
      if (block.lineTooLong) {
        const message = `The line has more than ${block.text.length} characters; NDJSON has one object on each line.`;
        problems.push(problemOf('row-too-large', message, { line, wholeFile: true }));
        rows.pop();
      }
      if (table.columns.length > COLUMNS_MAX) problems.push(keysAreData(line));
      yield { rows, problems };
      if (problems.length > 0 || rows.some((row) => row.problems.some(({ wholeFile }) => wholeFile))) return;
    }
  }
  return Object.assign(table, { format: 'ndjson' as const, blocks: rowBlocks() });
}

export function jsonArrayTable(
  chunks: AsyncIterable<Uint8Array>,
  options: JsonOptions & { readonly rowCharactersMax: number },
): Table {
  const { read, table } = jsonRows(options);

  async function* rowBlocks(): AsyncGenerator<RowBlock> {
    const decoder = new TextDecoder('utf-8', { fatal: true });
    let rows: InputRow[] = [];
    const scanner = elementScanner((content, line) => rows.push(read(content, line)));
    const block = (text: string, isLast: boolean): RowBlock => {
      rows = [];
      const problem = scanner.scan(text, isLast);
      const problems = problem === undefined ? [] : [problem];
      const line = scanner.line();
      if (table.columns.length > COLUMNS_MAX) problems.push(keysAreData(line));
      else if (scanner.held() > options.rowCharactersMax) {
        const message = `An element has more than ${scanner.held()} characters.`;
        problems.push(problemOf('row-too-large', message, { line, wholeFile: true }));
      }
      return { rows, problems };
    };
    try {
      for await (const chunk of chunks) {
        const found = block(decoder.decode(chunk, { stream: true }), false);
        yield found;
        if (found.problems.length > 0) return;
      }
      yield block(decoder.decode(), true);
    } catch (error) {
      if (!(error instanceof TypeError && 'code' in error && error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA'))
        throw error;
      const message =
        'There are bytes that are not UTF-8 soon after this line. Say what the file is in, perhaps --encoding windows-1252.';
      yield { rows: [], problems: [problemOf('not-utf8', message, { line: scanner.line(), wholeFile: true })] };
    }
  }
  return Object.assign(table, { format: 'json' as const, blocks: rowBlocks() });
}

function keysAreData(line: number): InputProblem {
  const message = `The objects have more than ${COLUMNS_MAX} different keys: keys seem to be data.`;
  return problemOf('too-many-columns', message, { line });
}

/** Cuts `[a, b, c]` at its commas; `onElement` hears of each, and of the line it begins in. What it is, is somebody else's to judge. */
export function elementScanner(onElement: (content: string, line: number) => void) {
  let state: 'before' | 'first' | 'element' | 'between' | 'after' = 'before';
  let held = '';
  let line = 1;
  let elementLine = 1;
  let depth = 0;
  let inText = false;
  let isEscaped = false;

  const refused = (what: string) => problemOf('not-an-array', `${what} An array of objects is [{…}, {…}].`, { line });
  const scan = (text: string, isLast: boolean): InputProblem | undefined => {
    let start = 0;
    for (let at = 0; at < text.length; at += 1) {
      const character = text[at]!;
      if (character === '\n') line += 1;
      if (state === 'element') {
        if (isEscaped) isEscaped = false;
        else if (inText) {
          if (character === '\\') isEscaped = true;
          else if (character === '"') inText = false;
        } else if (character === '"') inText = true;
        else if (character === '{' || character === '[') depth += 1;
        else if (depth > 0 && (character === '}' || character === ']')) depth -= 1;
        else if (depth === 0 && (character === ',' || character === ']')) {
          onElement(held + text.slice(start, at), elementLine);
          held = '';
          state = character === ',' ? 'between' : 'after';
        }
      } else if (/\S/.test(character)) {
        if (state === 'before') {
          if (character !== '[') return refused('This is no JSON array.');
          state = 'first';
        } else if (state === 'after') return refused('Something follows the end of the array.');
        else if (character === ']' && state === 'first') state = 'after';
        else if (character === ']' || character === ',') return refused('A comma has no element beside it.');
        else {
          state = 'element';
          start = at;
          elementLine = line;
          depth = character === '{' || character === '[' ? 1 : 0;
          inText = character === '"';
        }
      }
    }
    if (state === 'element') held += text.slice(start);
    return isLast && state !== 'after' ? refused('The array does not end.') : undefined;
  };
  return { scan, line: () => line, held: () => held.length };
}
