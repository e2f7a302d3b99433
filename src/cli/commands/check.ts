/** `tpe check`: judges a file without sending it: a batch file row by row as the API would, an export as an upload would. */
import { z } from 'zod';
import { checkFile, inputOptionsSchema, type CheckReport } from '../../client/index.ts';
import { describeRule } from '../../protocol/rules/index.ts';
import { DEFAULT_SETTINGS } from '../../protocol/vocabulary/index.ts';
import { serveOptionsSchema } from '../../server/index.ts';
import type { Context } from '../context.ts';
import { defineCommand } from '../define-command.ts';
import { tellChecked } from '../input-report.ts';
import { withMappingFile, INPUT_FIELDS } from '../upload-fields.ts';
import { counted, linesText, printable } from '../printable.ts';
import { EXIT_CODES } from '../problem.ts';
import { progressDisplay } from '../progress-display.ts';
import { fieldsOf } from '../schema-fields.ts';
import { renderTable, right } from '../table.ts';
import { defined } from '../../server/harness/as-json.ts';

/** The readings that decide whether a batch file is good. */
const readingsSchema = serveOptionsSchema.pick({
  body: true,
  byteOrderMark: true,
  surplusCells: true,
  illegalIds: true,
});
const checkOptionsSchema = z.strictObject({ ...inputOptionsSchema.shape, ...readingsSchema.shape });
const FIELDS = [...INPUT_FIELDS, ...fieldsOf(readingsSchema, () => true, DEFAULT_SETTINGS)];

/** Positions shown for one rule. */
const POSITIONS_SHOWN = 5;

export const checkCommand = defineCommand({
  name: 'check',
  description: 'judge a batch file or an export without sending it',
  words: [['<file>', 'a batch file, starting with batch=, or an export as tpe upload takes it; - for standard input']],
  schema: checkOptionsSchema,
  fields: FIELDS,
  complete: withMappingFile,
  help: `
What depends on the profiles that are there, such as a profile that grows over
64 KB (lim-64k-evict), no check can tell: the emulator notes it with the batch.

Exits 0 when every row is fine, 3 when the API or the uploader would refuse the
file, 4 when the API would fail some rows.

Examples:
  tpe check samples/documented-sample.txt
  tpe check batch.txt --surplus-cells fail --json
  tpe check samples/crm-export.csv --id-column customer_id --strict`,
  async does({ options, json, again, words: [file = '-'], tell }, context) {
    const source = file === '-' ? { name: 'stdin', chunks: context.stdin() as AsyncIterable<Uint8Array> } : file;
    const readings = defined(readingsSchema.strip().parse(options));
    const display = await progressDisplay(context);
    const checked = await checkFile(source, readings, inputOptionsSchema.strip().parse(options), {
      signal: context.signal,
      onProgress: display.show,
    }).finally(display.stop);
    const telling = { json, command: again, undone: '' };
    if (checked.kind === 'export')
      return tellChecked(checked.result, telling, 'This is what tpe upload would send.', context);
    const { report } = checked;
    tell({ file, ...report }, () => reportText(file === '-' ? 'stdin' : file, report, context));
    if (report.kind === 'refused' || (options.strict && report.diagnostics.length > 0)) return EXIT_CODES.invalidInput;
    return report.failedRows > 0 ? EXIT_CODES.rowsRejected : EXIT_CODES.done;
  },
});

function reportText(file: string, report: CheckReport, { style }: Context): string {
  const { kind, rejection, rows, failures, failedRows, ignoredRows, bytes, diagnostics } = report;
  const paint = { refused: style.red, faulty: style.yellow, fine: style.green }[kind];
  const noted = diagnostics.map(({ rule, count, first }) => {
    const places = first.slice(0, POSITIONS_SHOWN).map(({ row, column }) => place('', row, column));
    return [rule, String(count), places.filter((text) => text !== '').join('; '), describeRule(rule)];
  });
  const columns = ['worth knowing', right('times'), { head: 'where', width: 30 }, 'rule'];
  return linesText(
    rejection &&
      `${style.red('refused')}  ${place(file, rejection.where?.row, rejection.where?.column)}: ${printable(rejection.message)} (${rejection.rule})`,
    failures.map(
      ({ rule, row, column }) =>
        `${style.red('fails')}    ${place(file, row, column)}: ${describeRule(rule)} (${rule})`,
    ),
    failedRows > failures.length && `         and ${failedRows - failures.length} more rows that would fail`,
    `${paint(kind)}: ${counted(rows, 'data row')}, ${failedRows} would fail, ${ignoredRows} have nothing to write, ${bytes} bytes`,
    noted.length > 0 && `\n${renderTable(columns, noted, style).trimEnd()}`,
  );
}

/** Row 0 is the header row; column 0 means no single cell. */
function place(file: string, row: number | undefined, column: number | undefined): string {
  const rowText = row === 0 ? 'header row' : row && `data row ${row}`;
  return [file, rowText, column && `column ${column}`].filter(Boolean).join(', ');
}
