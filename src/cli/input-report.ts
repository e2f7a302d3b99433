/** What is wrong with an input, and what was hardly meant: one report for `upload`, `--dry-run`, `check` and `compare`. */
import type { InputProblem, InputRefused, InputWarning, ProblemTally, UploadPlan } from '../client/index.ts';
import { printJson, type Context } from './context.ts';
import { EXIT_CODES, type ExitCode } from './exit-code.ts';
import type { CommandWith } from './next-command.ts';
import { counted, printable, shortened } from './printable.ts';
import type { Style } from './style.ts';
import { renderTable, right } from './table.ts';

export interface InputTelling {
  readonly json: boolean;
  /** The command that was typed. */
  readonly command: CommandWith;
}

/** The result of a check: what would be sent, closed by `last`, or why nothing would be. */
export function tellChecked(
  result: UploadPlan | InputRefused,
  telling: InputTelling,
  last: string,
  context: Context,
): ExitCode {
  if (result.kind === 'input-refused') return tellRefused(result, telling, context);
  if (telling.json) printJson(context, result);
  else context.stdout.write(planText(result, last, context.style));
  return EXIT_CODES.done;
}

export function tellRefused(refused: InputRefused, { json, command }: InputTelling, context: Context): ExitCode {
  if (json) printJson(context, refusedInputJson(refused, command));
  else context.stderr.write(problemsText(refused, command, context.errorStyle));
  return EXIT_CODES.invalidInput;
}

/** Everything found, and the command that leaves the rows out where that helps. For standard error: nothing was sent. */
export function problemsText(refused: InputRefused, command: CommandWith, style: Style): string {
  const { problems, input } = refused;
  return `${[
    ...problemLines(input, problems),
    ...warningLines(refused.warnings, style),
    style.red(`tpe: ${printable(input)} has ${countsText(problems)}; nothing was sent.`),
    remedy(refused, command),
  ].join('\n')}\n`;
}

export function refusedInputJson(refused: InputRefused, command: CommandWith): object {
  const change = helpfulChange(refused);
  return { ...refused, next: change === undefined ? [] : [command(change)], exitCode: 3 };
}

function remedy(refused: InputRefused, command: CommandWith): string {
  const change = helpfulChange(refused);
  if (change === undefined) {
    const codes = new Set(refused.problems.first.map(({ code }) => code));
    if (codes.has('no-id-column'))
      return 'Name the column that holds the visitor id with --id-column, or correct the file.';
    // What the file holds is not what an option says of it: either may be the wrong one.
    if (codes.has('unknown-column') || codes.has('not-an-export')) return 'Correct the option, or the file.';
    return 'Correct the file and send it again.';
  }
  const way = 'trim' in change ? 'take these blanks and marks off' : 'leave these rows out';
  return `Correct the file, or ${way}. Next: ${command(change)}`;
}

/** The option that helps, if one does. */
function helpfulChange(refused: InputRefused): Readonly<Record<string, unknown>> | undefined {
  const { counts, count } = refused.problems;
  if ((counts['blanks-around-id'] ?? 0) + (counts['blank-and-quote'] ?? 0) === count) return { trim: true };
  return refused.problems.first.some(({ wholeFile }) => wholeFile) ? undefined : { onProblem: 'skip' };
}

/** What would be sent: parts, rows, bytes, minutes, warnings and the first rows. `last` says what was, or is to be, done. */
export function planText(plan: UploadPlan, last: string, style: Style): string {
  const columns = ['part', 'rows', 'bytes', 'rows without values'].map(right);
  const parts = plan.parts.map(({ part, rows, bytes, emptyRows }) => [part, rows, bytes, emptyRows].map(String));
  const visitors = plan.distinctIds === undefined ? '' : ` of ${counted(plan.distinctIds, 'visitor')}`;
  return `${[
    `${printable(plan.input)}: ${plan.format}, ${counted(plan.rows, 'row')}${visitors}, ${plan.bytes} bytes encoded, ${paceText(plan.minutesAtPace)}`,
    columnsText(plan, plan.idKind),
    '',
    renderTable(columns, parts, style).trimEnd(),
    ...skippedLines(plan, 'would be left out', style),
    ...warningLines(plan.warnings, style),
    '',
    style.bold('As sent:'),
    ...plan.sample.map((line) => `  ${shortened(line, 150)}`),
    '',
    last,
  ].join('\n')}\n`;
}

export function columnsText({ idColumn, columns }: UploadPlan, kind: string): string {
  const names = columns.map(({ column, attribute }) =>
    column === attribute ? printable(column) : `${printable(column)} as ${printable(attribute)}`,
  );
  return `id: ${printable(idColumn)} as ${kind}; attributes: ${names.join(', ')}`;
}

/** The rows that are left out, each with its problem; a job that goes on has forgotten which, and knows the kinds. */
export function skippedLines(
  { input, skippedRows, problems }: Pick<UploadPlan, 'input' | 'skippedRows' | 'problems'>,
  verb: string,
  style: Style,
): readonly string[] {
  if (skippedRows === 0) return [];
  const rows = `${counted(skippedRows, 'row')} ${verb}`;
  if (problems.first.length === 0)
    return [style.yellow(`${rows}: ${counted(problems.count, 'problem')} (${kindsText(problems)}).`)];
  return [style.yellow(`${rows}:`), ...problemLines(input, problems)];
}

/** `worth a look  city, 12 rows (lines 4, 9, 31, 40, 52): The value … (lim-value-256)` */
export function warningLines(warnings: readonly InputWarning[], style: Style): readonly string[] {
  return warnings.map(({ name, count, first, message, rule }) => {
    const subject = name === undefined ? [] : [printable(name)];
    const places = first.map(({ file, line }) => (file === undefined ? String(line) : `${printable(file)}:${line}`));
    const more = count > first.length ? ', …' : '';
    const rows = first.length === 0 ? [] : [`${counted(count, 'row')} (line ${places.join(', ')}${more})`];
    return `${style.yellow('warning')}  ${[...subject, ...rows].join(', ')}: ${printable(message)}${ruled(rule)}`;
  });
}

/** `crm.csv:12:3: thirdPartyId contains "/". (key-3rd-chars)` */
function problemLines(input: string, { first, count }: ProblemTally): readonly string[] {
  const lines = first.map(({ file = input, line, column, message, rule }: InputProblem) => {
    const place = [file, line, line === undefined ? undefined : column].filter((part) => part !== undefined).join(':');
    return `${printable(place)}: ${printable(message)}${ruled(rule)}`;
  });
  return count > first.length ? [...lines, `and ${count - first.length} more`] : lines;
}

/** `3 problems (2 blank-id, 1 id-characters)`, most frequent first. */
function countsText(problems: ProblemTally): string {
  const several = Object.keys(problems.counts).length > 1;
  return counted(problems.count, 'problem') + (several ? ` (${kindsText(problems)})` : '');
}

function kindsText({ counts }: ProblemTally): string {
  const kinds = Object.entries(counts).toSorted(([, a], [, b]) => b - a);
  return kinds.map(([code, number]) => `${number} ${code}`).join(', ');
}

const ruled = (rule: string | undefined) => (rule === undefined ? '' : ` (${rule})`);

/** 0 where nothing limits the calls. */
const paceText = (minutes: number) =>
  minutes < 1 ? 'under a minute at the pace' : `at least ${Math.ceil(minutes)} minutes at the pace`;
