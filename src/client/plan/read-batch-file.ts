/** Reads a batch file that is encoded already: each row is judged as the API would, and sent as it stands. */
import { batchFileReader, resultOf } from '../../protocol/batch-file/read-batch-file.ts';
import { describeRule } from '../../protocol/rules/index.ts';
import { DEFAULT_SETTINGS } from '../../protocol/vocabulary/index.ts';
import { type FoundProblem, type InputProblem, notText, problemOf, UnreadableInput } from '../read/input-problem.ts';
import { textBlocks } from '../read/text-blocks.ts';
import type { EncodedRow } from './encode-row.ts';
import type { WarningCollector } from './input-warning.ts';
import type { EncodedBlock, EncodedHeader } from './read-encoded.ts';

/** `onHeader` hears of the header row when it is read. */
export async function* batchFileBlocks(
  bytes: AsyncIterable<Uint8Array>,
  onHeader: (header: EncodedHeader) => void,
  warnings: WarningCollector | undefined,
): AsyncGenerator<EncodedBlock> {
  let line = 0;
  let current: Buffer = Buffer.alloc(0);
  let row: EncodedRow | undefined;
  let rowsRead = 0;
  let headerText = '';
  let problems: FoundProblem[] = [];
  const found = (problem: InputProblem) =>
    void problems.push({ ...problem, row: current.toString('utf8'), header: headerText });
  const reader = batchFileReader(DEFAULT_SETTINGS, {
    header(header) {
      const { idKind } = header;
      const columns = header.attributes.map((name) => ({ column: name, attribute: name }));
      headerText = current.toString('latin1');
      onHeader({ format: 'batch', delimiter: undefined, idKind, idColumn: idKind, columns, text: headerText });
    },
    row(_, reading) {
      rowsRead += 1;
      if (reading.kind === 'failed') {
        const { rule, column } = reading;
        found(problemOf('batch-row', describeRule(rule), { line, column, rule }));
        return;
      }
      row = { bytes: current.length, isEmpty: reading.kind === 'ignored', line };
    },
    note: (rule) => warnings?.row('batch-note', Math.max(1, line), undefined, rule, describeRule(rule)),
  });

  for await (const block of textBlocks(bytes, LINE_BYTES_MAX)) {
    const rows: EncodedRow[] = [];
    const kept: Buffer[] = [];
    rowsRead = 0;
    problems = [];
    for (let at = 0, end = 0; at < block.bytes.length; at = end) {
      end = block.bytes.indexOf(LINE_FEED, at) + 1 || block.bytes.length;
      current = block.bytes.subarray(at, end);
      if (current.at(-1) !== LINE_FEED) current = Buffer.concat([current, Buffer.of(LINE_FEED)]);
      line += 1;
      row = undefined;
      const before = block.notUtf8.get(line);
      const rejection = before === undefined ? resultOf(reader.write(current)) : undefined;
      if (before !== undefined) found(notText(line, before, 'auto'));
      if (rejection !== undefined) {
        const { rule, message, where } = rejection;
        const column = where?.column === undefined ? {} : { column: where.column };
        problems.push(problemOf('batch-refused', message, { line, ...column, rule }));
        break;
      }
      if (row === undefined) continue;
      rows.push(row);
      kept.push(current);
    }
    yield { bytes: Buffer.concat(kept), rows, problems, rowsRead };
    if (problems.some(({ wholeFile }) => wholeFile)) return;
  }
  const end = resultOf(reader.end());
  if (end.kind === 'rejection') throw new UnreadableInput(problemOf('batch-refused', end.message, { rule: end.rule }));
}

const LINE_FEED = 0x0a;
/** A header row may be long; it is the prefix that tells that this is one. */
const LINE_BYTES_MAX = 49_000_000;
