/** `tpe check`: judges a batch file made by hand, row by row, without sending it. */
import { createReadStream } from 'node:fs';
import { Command } from 'commander';
import { checkBatchFile, type CheckReport } from '../../client/index.ts';
import { RULES } from '../../protocol/rules/index.ts';
import type { RuleId, Settings } from '../../protocol/vocabulary/index.ts';
import { serveOptionsSchema } from '../../server/index.ts';
import { printJson, type Context, type Run } from '../context.ts';
import { exitCode, type ExitCode } from '../exit-code.ts';
import { CHECK_FIELDS } from '../option-fields.ts';
import { addOptionFields, checkedOptions, givenOptions } from '../option-flags.ts';
import { printable } from '../printable.ts';
import { renderTable } from '../table.ts';

const checkOptionsSchema = serveOptionsSchema.pick({
  body: true,
  byteOrderMark: true,
  surplusCells: true,
  illegalIds: true,
});

/** Positions shown for one rule. */
const POSITIONS_SHOWN = 5;

export function checkCommand(run: (run: Run) => Promise<void>): Command {
  const command = new Command('check').description('judge a batch file without sending it');
  command.argument('<file>', 'the batch file, starting with batch=; - for standard input');
  command.option('--json', 'print the report as JSON');
  return addOptionFields(command, CHECK_FIELDS)
    .addHelpText(
      'after',
      `
Exits 0 when every row is fine, 3 when the API would refuse the file, 4 when it would fail some rows.

Examples:
  tpe check samples/documented-sample.txt
  tpe check batch.txt --surplus-cells fail --json`,
    )
    .action(async (file: string) => {
      await run((context) => {
        const given = givenOptions(command, CHECK_FIELDS, context.environment);
        const readings = checkedOptions(checkOptionsSchema, CHECK_FIELDS, given, 'tpe check');
        return check(file, definedOf(readings), command.opts<{ json?: boolean }>().json === true, context);
      });
    });
}

async function check(file: string, readings: Partial<Settings>, json: boolean, context: Context): Promise<ExitCode> {
  const chunks = file === '-' ? context.stdin : fileBytes(file);
  const report = await checkBatchFile(chunks as AsyncIterable<Uint8Array>, readings, context.signal);
  if (json) printJson(context, { file, ...report });
  else context.stdout.write(reportText(file === '-' ? 'stdin' : file, report, context));
  return exitCode(
    ...(report.kind === 'refused' ? ['invalidInput' as const] : []),
    ...(report.failedRows > 0 ? ['rowsRejected' as const] : []),
  );
}

/** Opens the file when the first chunk is asked for: a stream that nobody reads would have nobody to tell its errors to. */
async function* fileBytes(path: string): AsyncGenerator<Uint8Array> {
  yield* createReadStream(path) as AsyncIterable<Uint8Array>;
}

function reportText(file: string, report: CheckReport, { style }: Context): string {
  const lines: string[] = [];
  if (report.rejection !== undefined) {
    const { rule, message, where } = report.rejection;
    lines.push(`${style.red('refused')}  ${place(file, where?.row, where?.column)}: ${printable(message)} (${rule})`);
  }
  for (const failure of report.failures) {
    const sentence = statementOf(failure.rule);
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
    statementOf(rule),
  ]);
  const columns = [
    { head: 'worth knowing' },
    { head: 'times', align: 'right' as const },
    { head: 'where', width: 30 },
    { head: 'rule', width: 50 },
  ];
  const counts = `${report.rows} data rows, ${report.failedRows} would fail, ${report.ignoredRows} have nothing to write, ${report.bytes} bytes`;
  const table = noted.length === 0 ? '' : `\n${renderTable(columns, noted, style)}`;
  return `${lines.map((line) => `${line}\n`).join('')}${verdict[report.kind]}: ${counts}\n${table}`;
}

/** Row 0 is the header row; column 0 means no single cell. */
function place(file: string, row: number | undefined, column: number | undefined): string {
  const parts = [
    ...(file === '' ? [] : [file]),
    ...(row === undefined ? [] : [row === 0 ? 'header row' : `data row ${row}`]),
    ...(column === undefined || column === 0 ? [] : [`column ${column}`]),
  ];
  return parts.join(', ');
}

function statementOf(id: RuleId): string {
  return RULES.find((rule) => rule.id === id)?.statement ?? id;
}

/** Without the readings that nobody chose. */
function definedOf(readings: Readonly<Record<string, unknown>>): Partial<Settings> {
  return Object.fromEntries(Object.entries(readings).filter(([, value]) => value !== undefined));
}
