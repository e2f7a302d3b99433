/** `tpe check`: judges a file without sending it: a batch file row by row as the API would, an export as an upload would. */
import { Command } from 'commander';
import { z } from 'zod';
import { checkFile, inputOptionsSchema, type CheckReport } from '../../client/index.ts';
import { RULES } from '../../protocol/rules/index.ts';
import type { RuleId } from '../../protocol/vocabulary/index.ts';
import { defined } from '../../server/harness/judged-fields.ts';
import { serveOptionsSchema } from '../../server/index.ts';
import { printJson, type Context, type Run } from '../context.ts';
import { exitCode, type ExitCode } from '../exit-code.ts';
import { tellChecked, type InputTelling } from '../input-report.ts';
import { withMappingFile } from '../mapping-file.ts';
import { fileCommandLine, typedAgain } from '../next-command.ts';
import { CHECK_FIELDS } from '../option-fields.ts';
import { addOptionFields, checkedOptions, givenOptions } from '../option-flags.ts';
import { printable } from '../printable.ts';
import { progressDisplay } from '../progress-display.ts';
import { renderTable } from '../table.ts';
import { INPUT_FIELDS } from '../upload-fields.ts';

const readingsSchema = serveOptionsSchema.pick({
  body: true,
  byteOrderMark: true,
  surplusCells: true,
  illegalIds: true,
});
const checkOptionsSchema = z.strictObject({ ...inputOptionsSchema.shape, ...readingsSchema.shape });

const FIELDS = [...INPUT_FIELDS, ...CHECK_FIELDS];

/** Positions shown for one rule. */
const POSITIONS_SHOWN = 5;

export function checkCommand(run: (run: Run) => Promise<void>): Command {
  const command = new Command('check').description('judge a batch file or an export without sending it');
  command.argument(
    '<file>',
    'a batch file, starting with batch=, or an export as tpe upload takes it; - for standard input',
  );
  command.option('--json', 'print the report as JSON');
  return addOptionFields(command, FIELDS)
    .addHelpText(
      'after',
      `
What depends on the profiles that are there, such as a profile that grows over
64 KB (lim-64k-evict), no check can tell: the emulator notes it with the batch.

Exits 0 when every row is fine, 3 when the API or the uploader would refuse the
file, 4 when the API would fail some rows.

Examples:
  tpe check samples/documented-sample.txt
  tpe check batch.txt --surplus-cells fail --json
  tpe check samples/crm-export.csv --id-column customer_id --strict`,
    )
    .action(async (file: string) => {
      await run(async (context) => {
        const given = await withMappingFile(givenOptions(command, FIELDS, context.environment));
        const typed = givenOptions(command, FIELDS, { ...context.environment, option: () => undefined });
        const json = command.opts<{ json?: boolean }>().json === true;
        const task: CheckTask = {
          file,
          options: checkedOptions(checkOptionsSchema, FIELDS, given, 'tpe check'),
          json,
          command: (changes) => {
            const line = fileCommandLine('tpe check', file, FIELDS, { ...typed, ...changes });
            return typedAgain(`${line}${json ? ' --json' : ''}`, file, context.environment.command);
          },
        };
        return check(task, context);
      });
    });
}

interface CheckTask extends InputTelling {
  readonly file: string;
  readonly options: z.output<typeof checkOptionsSchema>;
}

async function check(task: CheckTask, context: Context): Promise<ExitCode> {
  const { file, options } = task;
  const source = file === '-' ? { name: 'stdin', chunks: context.stdin as AsyncIterable<Uint8Array> } : file;
  const readings = defined(readingsSchema.strip().parse(options));
  const input = inputOptionsSchema.strip().parse(options);
  const display = await progressDisplay(context);
  const checked = await checkFile(source, readings, input, {
    signal: context.signal,
    onProgress: display.show,
  }).finally(display.stop);
  if (checked.kind === 'export') {
    return tellChecked(checked.result, task, 'Nothing was sent: this was a check.', context);
  }
  const { report } = checked;
  if (task.json) printJson(context, { file, ...report });
  else context.stdout.write(reportText(file === '-' ? 'stdin' : file, report, context));
  const isRefused = report.kind === 'refused' || (options.strict && report.diagnostics.length > 0);
  return exitCode(
    ...(isRefused ? ['invalidInput' as const] : []),
    ...(report.failedRows > 0 ? ['rowsRejected' as const] : []),
  );
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
    { head: 'rule' },
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
