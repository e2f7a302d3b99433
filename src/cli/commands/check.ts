/** `tpe check`: judges a file without sending it: a batch file row by row as the API would, an export as an upload would. */
import { z } from 'zod';
import { checkFile, inputOptionsSchema, type CheckReport } from '../../client/index.ts';
import { describeRule } from '../../protocol/rules/index.ts';
import type { Context } from '../context.ts';
import { defineCommand } from '../define-command.ts';
import { EXIT_CODES } from '../exit-code.ts';
import { tellChecked } from '../input-report.ts';
import { withMappingFile } from '../mapping-file.ts';
import { commandAgain } from '../next-command.ts';
import { CHECK_FIELDS, checkReadingsSchema } from '../option-fields.ts';
import { printable } from '../printable.ts';
import { progressDisplay } from '../progress-display.ts';
import { renderTable, right } from '../table.ts';
import { defined } from '../../server/harness/as-json.ts';
import { INPUT_FIELDS } from '../upload-fields.ts';

const checkOptionsSchema = z.strictObject({ ...inputOptionsSchema.shape, ...checkReadingsSchema.shape });
const FIELDS = [...INPUT_FIELDS, ...CHECK_FIELDS];

/** Positions shown for one rule. */
const POSITIONS_SHOWN = 5;

export const checkCommand = defineCommand({
  name: 'check',
  description: 'judge a batch file or an export without sending it',
  words: [['<file>', 'a batch file, starting with batch=, or an export as tpe upload takes it; - for standard input']],
  json: 'print the report as JSON',
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
  async does({ options, json, typed, words: [file = '-'], tell }, context) {
    const source = file === '-' ? { name: 'stdin', chunks: context.stdin() as AsyncIterable<Uint8Array> } : file;
    const readings = defined(checkReadingsSchema.strip().parse(options));
    const display = await progressDisplay(context);
    const checked = await checkFile(source, readings, inputOptionsSchema.strip().parse(options), {
      signal: context.signal,
      onProgress: display.show,
    }).finally(display.stop);
    if (checked.kind === 'export') {
      const command = commandAgain({ line: 'tpe check', files: file, fields: FIELDS, given: typed, json }, context);
      return tellChecked(checked.result, { json, command }, 'Nothing was sent: this was a check.', context);
    }
    const { report } = checked;
    tell({ file, ...report }, () => reportText(file === '-' ? 'stdin' : file, report, context));
    if (report.kind === 'refused' || (options.strict && report.diagnostics.length > 0)) return EXIT_CODES.invalidInput;
    return report.failedRows > 0 ? EXIT_CODES.rowsRejected : EXIT_CODES.done;
  },
});

function reportText(file: string, report: CheckReport, { style }: Context): string {
  const lines: string[] = [];
  if (report.rejection !== undefined) {
    const { rule, message, where } = report.rejection;
    lines.push(`${style.red('refused')}  ${place(file, where?.row, where?.column)}: ${printable(message)} (${rule})`);
  }
  for (const failure of report.failures) {
    const sentence = describeRule(failure.rule);
    lines.push(`${style.red('fails')}    ${place(file, failure.row, failure.column)}: ${sentence} (${failure.rule})`);
  }
  if (report.failedRows > report.failures.length) {
    lines.push(`         and ${report.failedRows - report.failures.length} more rows that would fail`);
  }
  const verdict = { refused: style.red('refused'), faulty: style.yellow('faulty'), fine: style.green('fine') };
  const noted = report.diagnostics.map(({ rule, count, first }) => [
    rule,
    String(count),
    first
      .slice(0, POSITIONS_SHOWN)
      .map(({ row, column }) => place('', row, column))
      .filter((text) => text !== '')
      .join('; '),
    describeRule(rule),
  ]);
  const columns = ['worth knowing', right('times'), { head: 'where', width: 30 }, 'rule'];
  const counts = `${report.rows} data row${report.rows === 1 ? '' : 's'}, ${report.failedRows} would fail, ${report.ignoredRows} have nothing to write, ${report.bytes} bytes`;
  const table = noted.length === 0 ? '' : `\n${renderTable(columns, noted, style)}`;
  return `${lines.map((line) => `${line}\n`).join('')}${verdict[report.kind]}: ${counts}\n${table}`;
}

/** Row 0 is the header row; column 0 means no single cell. */
function place(file: string, row: number | undefined, column: number | undefined): string {
  const rowText = row === 0 ? 'header row' : row && `data row ${row}`;
  return [file, rowText, column && `column ${column}`].filter(Boolean).join(', ');
}
