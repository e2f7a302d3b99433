/** Reads NDJSON: one object a line. */
import { type InputProblem, problemOf } from './input-problem.ts';
import { type JsonOptions, jsonRows, keysAreData } from './json-row.ts';
import { COLUMNS_MAX, type InputRow, type RowBlock, type Table } from './row-block.ts';
import type { TextBlock } from './text-blocks.ts';
import { notText } from './text-problems.ts';

export function ndjsonTable(
  blocks: AsyncIterable<TextBlock>,
  options: JsonOptions & { readonly encoding: string },
): Table {
  const json = jsonRows(options);
  return { ...json.table, format: 'ndjson', blocks: read() };

  async function* read(): AsyncGenerator<RowBlock> {
    for await (const block of blocks) {
      const rows: InputRow[] = [];
      let line = block.firstLine;
      const text = block.text.endsWith('\n') ? block.text.slice(0, -1) : block.text;
      for (const content of text.split('\n')) {
        const before = block.notUtf8.get(line);
        if (before !== undefined)
          rows.push({ line, text: content, cells: [], problems: [notText(line, before, options.encoding)] });
        else if (/\S/.test(content)) rows.push(json.read(content, line));
        line += 1;
      }
      const problems: InputProblem[] = [];
      if (block.lineTooLong) {
        const message = `The line has more than ${block.text.length} characters; NDJSON has one object on each line.`;
        problems.push(problemOf('row-too-large', message, { line: line - 1, wholeFile: true }));
        rows.pop();
      }
      if (json.table.columns.length > COLUMNS_MAX) problems.push(keysAreData(line - 1));
      yield { rows, problems };
      if (problems.length > 0 || rows.some((row) => row.problems.some(({ wholeFile }) => wholeFile))) return;
    }
  }
}
