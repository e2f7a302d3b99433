/** What is wrong with an input, and what was hardly meant: one report for `upload`, `--dry-run`, `check` and `compare`. */
import type { InputProblem, InputRefused, InputWarning, ProblemTally, UploadPlan } from '../client/index.ts';
import { type Context, printJson } from './context.ts';
import { EXIT_CODES, type ExitCode } from './problem.ts';
import type { CommandWith } from './printed-command.ts';
import { counted, linesText, printable, shortened, type Style } from './printable.ts';
import { renderTable, right } from './table.ts';
import type { CommandOptions } from './upload-fields.ts';

export interface InputTelling {
  readonly json: boolean;
  /** The command that was typed. */
  readonly command: CommandWith;
  /** What has not been done because of the problems; nothing where nothing would have been. */
  readonly undone?: string;
}

/** The result of a check: what would be sent, closed by `last`, or why nothing would be. */
export function tellChecked(
  result: UploadPlan | InputRefused,
  telling: InputTelling & { readonly as?: CommandOptions['as'] },
  last: string,
  context: Context,
): ExitCode {
  if (result.kind === 'input-refused') return tellRefused(result, telling, context);
  if (telling.json) printJson(context, { ...result, exitCode: EXIT_CODES.done });
  else context.stdout.write(planText(result, last, context.style, telling.as));
  return EXIT_CODES.done;
}

export function tellRefused(refused: InputRefused, telling: InputTelling, context: Context): ExitCode {
  if (telling.json) printJson(context, refusedInputJson(refused, telling.command));
  else context.stderr.write(problemsText(refused, telling, context.errorStyle));
  return EXIT_CODES.invalidInput;
}

/** Everything found, and the command that leaves the rows out where that helps. For standard error. */
export function problemsText(
  refused: InputRefused,
  { command, undone = '; nothing was sent' }: Omit<InputTelling, 'json'>,
  style: Style,
): string {
  const { problems, input, warnings } = refused;
  return linesText(
    problemLines(input, problems),
    warningLines(warnings, style),
    style.red(`tpe: ${printable(input)} has ${countsText(problems)}${undone}.`),
    remedy(refused, command),
  );
}

export function refusedInputJson(refused: InputRefused, command: CommandWith): object {
  const change = helpfulChange(refused);
  return { ...refused, next: change === undefined ? [] : [command(change)], exitCode: EXIT_CODES.invalidInput };
}

function remedy(refused: InputRefused, command: CommandWith): string {
  const change = helpfulChange(refused);
  if (change !== undefined) {
    const way = 'trim' in change ? 'take these blanks and marks off' : 'leave these rows out';
    return `Correct the file, or ${way}. Next: ${command(change)}`;
  }
  const codes = new Set(refused.problems.first.map(({ code }) => code));
  if (codes.has('no-id-column'))
    return 'Name the column that holds the visitor id with --id-column, or correct the file.';
  // What the file holds is not what an option says of it: either may be the wrong one.
  const isOption = codes.has('unknown-column') || codes.has('not-an-export');
  return isOption ? 'Correct the option, or the file.' : 'Correct the file and try again.';
}

/** The option that helps, if one does. */
function helpfulChange(refused: InputRefused): Readonly<Record<string, unknown>> | undefined {
  const { counts, count } = refused.problems;
  if ((counts['blanks-around-id'] ?? 0) + (counts['blank-and-quote'] ?? 0) === count) return { trim: true };
  return refused.problems.first.some(({ wholeFile }) => wholeFile) ? undefined : { onProblem: 'skip' };
}

/** What would be sent: parts, rows, bytes, minutes, warnings and the first rows. `last` says what was, or is to be, done. */
export function planText(plan: UploadPlan, last: string, style: Style, as: CommandOptions['as'] = 'bulk'): string {
  const isBulk = as === 'bulk';
  const columns = ['part', 'rows', 'bytes', 'rows without values'].map(right);
  const parts = plan.parts.map(({ part, rows, bytes, emptyRows }) => [part, rows, bytes, emptyRows].map(String));
  const { distinctIds, bytes, minutesAtPace } = plan;
  const whose = distinctIds === undefined ? '' : ` of ${counted(distinctIds, isBulk ? 'visitor' : 'customer')}`;
  const size = isBulk ? `${bytes} bytes encoded, ${paceText(minutesAtPace)}` : 'one file of customer attributes';
  return linesText(
    `${printable(plan.input)}: ${plan.format}, ${counted(plan.rows, 'row')}${whose}, ${size}`,
    columnsText(plan, isBulk ? plan.idKind : 'customer id'),
    '',
    isBulk && renderTable(columns, parts, style).trimEnd(),
    skippedLines(plan, 'would be left out', style),
    warningLines(plan.warnings, style),
    !isBulk && 'An empty cell becomes a blank field, which removes what an earlier file has said (ca-null-removes).',
    '',
    style.bold(isBulk ? 'As sent:' : 'As written:'),
    plan.sample.map((line) => `  ${shortened(line, 150)}`),
    '',
    last,
  );
}

function columnsText({ idColumn, columns }: UploadPlan, kind: string): string {
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

/** `warning  city, 12 rows (lines 4, 9, 31, 40, 52): The value … (lim-value-256)` */
export function warningLines(warnings: readonly InputWarning[], style: Style): readonly string[] {
  return warnings.map(({ code, name, count, first, message, rule }) => {
    const subject = name === undefined ? [] : [printable(name)];
    const places = first.map(({ file, line }) => (file === undefined ? String(line) : `${printable(file)}:${line}`));
    const more = count > first.length ? ', …' : '';
    const rows = first.length === 0 ? [] : [`${counted(count, 'row')} (line ${places.join(', ')}${more})`];
    return `${style.yellow('warning')}  ${[...subject, ...rows].join(', ')}: ${printable(message)} (${rule ?? code})`;
  });
}

/** `crm.csv:12:3: thirdPartyId contains "/". (key-3rd-chars)` */
function problemLines(input: string, { first, count }: ProblemTally): readonly string[] {
  const lines = first.map(({ code, file = input, line, column, message, rule }: InputProblem) => {
    const place = [file, line, line === undefined ? undefined : column].filter((part) => part !== undefined).join(':');
    return `${printable(place)}: ${printable(message)} (${rule ?? code})`;
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

/** 0 where nothing limits the calls. */
const paceText = (minutes: number) =>
  minutes < 1 ? 'under a minute at the pace' : `at least ${Math.ceil(minutes)} minutes at the pace`;
