/** Reads a JSON array of objects, one element after the other: it may be larger than memory. */
import { type InputProblem, problemOf } from './input-problem.ts';
import { type JsonOptions, jsonRows, keysAreData } from './json-row.ts';
import { COLUMNS_MAX, type InputRow, type RowBlock, type Table } from './row-block.ts';

export function jsonArrayTable(
  chunks: AsyncIterable<Uint8Array>,
  options: JsonOptions & { readonly rowCharactersMax: number },
): Table {
  const json = jsonRows(options);
  return { ...json.table, format: 'json', blocks: read() };

  async function* read(): AsyncGenerator<RowBlock> {
    const decoder = new TextDecoder('utf-8', { fatal: true });
    let rows: InputRow[] = [];
    const scanner = elementScanner((content, line) => rows.push(json.read(content, line)));
    const block = (text: string, isLast: boolean): RowBlock => {
      rows = [];
      const problem = scanner.scan(text, isLast);
      const problems = problem === undefined ? [] : [problem];
      if (json.table.columns.length > COLUMNS_MAX) problems.push(keysAreData(scanner.line()));
      else if (scanner.held() > options.rowCharactersMax) problems.push(tooLarge(scanner.line(), scanner.held()));
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
}

/** Cuts `[a, b, c]` at its commas; `onElement` hears of each, and of the line it begins in. What it is, is somebody else's to judge. */
function elementScanner(onElement: (content: string, line: number) => void) {
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

const tooLarge = (line: number, characters: number) =>
  problemOf('row-too-large', `An element has more than ${characters} characters.`, { line, wholeFile: true });
