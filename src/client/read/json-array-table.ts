/** Reads a JSON array of objects, one element after the other: it may be larger than memory. */
import type { InputProblem } from './input-problem.ts';
import { type JsonOptions, jsonRows } from './json-row.ts';
import { keysAreData } from './ndjson-table.ts';
import { COLUMNS_MAX, type InputRow, type RowBlock, type Table } from './row-block.ts';

export function jsonArrayTable(
  chunks: AsyncIterable<Uint8Array>,
  options: JsonOptions & { readonly rowCharactersMax: number },
): Table {
  const json = jsonRows(options);
  return {
    format: 'json',
    delimiter: undefined,
    header: '',
    columns: json.columns,
    firstColumns: json.firstColumns,
    blocks: read(),
  };

  async function* read(): AsyncGenerator<RowBlock> {
    const scanner = elementScanner();
    const decoder = new TextDecoder('utf-8', { fatal: true });
    let isOver = false;
    const block = (text: string, isLast: boolean): RowBlock => {
      const { elements, problem } = scanner.scan(text, isLast);
      const rows: InputRow[] = elements.map(({ content, line }) => json.read(content, line));
      const problems = problem === undefined ? [] : [problem];
      if (json.columns.length > COLUMNS_MAX) problems.push(keysAreData(scanner.line()));
      else if (scanner.held() > options.rowCharactersMax) problems.push(tooLarge(scanner.line(), scanner.held()));
      isOver = problems.length > 0;
      return { rows, problems };
    };
    try {
      for await (const chunk of chunks) {
        yield block(decoder.decode(chunk, { stream: true }), false);
        if (isOver) return;
      }
      yield block(decoder.decode(), true);
    } catch (error) {
      if (!(error instanceof TypeError && 'code' in error && error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA'))
        throw error;
      const message =
        'There are bytes that are not UTF-8 soon after this line. Say what the file is in, perhaps --encoding windows-1252.';
      yield {
        rows: [],
        problems: [{ code: 'not-utf8', line: scanner.line(), rule: 'our-not-utf8', message, wholeFile: true }],
      };
    }
  }
}

interface Element {
  readonly content: string;
  /** Where it begins. */
  readonly line: number;
}

interface Scan {
  readonly elements: readonly Element[];
  readonly problem: InputProblem | undefined;
}

/** Cuts `[a, b, c]` at its commas. What an element is, is somebody else's to judge. */
function elementScanner(): { scan(text: string, isLast: boolean): Scan; line(): number; held(): number } {
  let state: 'before' | 'first' | 'element' | 'between' | 'after' = 'before';
  let held = '';
  let line = 1;
  let elementLine = 1;
  let depth = 0;
  let inText = false;
  let isEscaped = false;

  const scan = (text: string, isLast: boolean): Scan => {
    const elements: Element[] = [];
    let start = 0;
    const refused = (message: string): Scan => ({
      elements,
      problem: {
        code: 'not-an-array',
        line,
        message: `${message} An array of objects is [{…}, {…}].`,
        wholeFile: true,
      },
    });
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
          elements.push({ content: held + text.slice(start, at), line: elementLine });
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
    if (isLast && state !== 'after') return refused('The array does not end.');
    return { elements, problem: undefined };
  };
  return { scan, line: () => line, held: () => held.length };
}

function tooLarge(line: number, characters: number): InputProblem {
  const message = `An element has more than ${characters} characters.`;
  return { code: 'row-too-large', line, message, wholeFile: true };
}
