/** What an upload came to, as a table for people, an object for machines and reasons for the exit code. */
import type {
  InputProblem,
  InputRefused,
  PartCounts,
  PartReport,
  UploadError,
  UploadPlan,
  UploadReport,
} from '../client/index.ts';
import type { ExitReason } from './exit-code.ts';
import type { CommandWith } from './next-command.ts';
import { printable, shortened } from './printable.ts';
import type { Style } from './style.ts';
import { renderTable, type Column } from './table.ts';
import { unreachable } from './unreachable.ts';

/** Everything that applies; `exitCode` chooses. */
export function reportReasons(report: UploadReport): readonly ExitReason[] {
  const reasons = report.parts.map((part): ExitReason => {
    switch (part.state) {
      case 'skipped':
      case 'not-sent':
      case 'submitted':
      case 'done':
        return 'done';
      case 'rejected-rows':
        return 'rowsRejected';
      case 'stuck':
        return 'stuck';
      case 'timed-out':
        // The same link is refused by `tpe status` too, today and tomorrow.
        return part.error?.code === 'link-refused' ? 'refused' : 'stuck';
      case 'failed':
        return part.error?.retryable === true ? 'temporary' : 'refused';
      case 'interrupted':
        return 'interrupted';
      default:
        return unreachable(part.state);
    }
  });
  // Parts may all look well when the signal came between two of them.
  if (report.state === 'interrupted') reasons.push('interrupted');
  if (report.skippedRows > 0) reasons.push('rowsRejected');
  return reasons;
}

export function reportText(report: UploadReport, next: readonly string[], style: Style): string {
  const several = report.parts.length > 1;
  const rows = several ? report.parts.map((part) => countsRow(String(part.part), part.state, part.counts)) : [];
  const total = countsRow(several ? 'all' : '1', report.state, report.total);
  const lines = [
    renderTable(COUNT_COLUMNS, [...rows, total], style).trimEnd(),
    ...report.parts.flatMap((part) => partNotes(part, style)),
  ];
  if (report.error !== undefined && !report.parts.some((part) => part.error === report.error)) {
    lines.push(style.red(errorSentence(report.error)));
  }
  if (report.skippedRows > 0) {
    lines.push(style.yellow(`${counted(report.skippedRows, 'problem row')} left out:`));
    lines.push(...problemLines(report.plan.input, report.problems.first, report.problems.count));
  }
  if (report.total.notFound > 0)
    lines.push('Not found: v1 updates existing profiles only (v1-update-only); v2 creates them.');
  if (next.length > 0) lines.push('Next:', ...next.map((command) => `  ${command}`));
  return `${lines.join('\n')}\n`;
}

export function reportJson(report: UploadReport): object {
  // The sample would carry personal data into a log.
  const { sample: _, ...plan } = report.plan;
  return {
    ...report,
    plan,
    error: errorJson(report.error),
    parts: report.parts.map((part) => ({ ...part, error: errorJson(part.error) })),
  };
}

/** Parts, rows, bytes, minutes and the first rows: nothing was sent. */
export function planText(plan: UploadPlan, command: string, style: Style): string {
  const columns: readonly Column[] = [
    { head: 'part', align: 'right' },
    { head: 'rows', align: 'right' },
    { head: 'bytes', align: 'right' },
    { head: 'rows without values', align: 'right' },
  ];
  const parts = plan.parts.map(({ part, rows, bytes, emptyRows }) => [part, rows, bytes, emptyRows].map(String));
  const renamed = plan.columns.map(({ column, attribute }) =>
    column === attribute ? printable(column) : `${printable(column)} as ${printable(attribute)}`,
  );
  const skipped =
    plan.skippedRows === 0
      ? []
      : [
          style.yellow(`${counted(plan.skippedRows, 'problem row')} would be left out:`),
          ...problemLines(plan.input, plan.problems.first, plan.problems.count),
        ];
  return `${[
    `${plan.input}: ${plan.format}, ${counted(plan.rows, 'row')}, ${plan.bytes} bytes encoded, ${paceText(plan.minutesAtPace)}`,
    `id: ${printable(plan.idColumn)} as ${plan.idKind}; attributes: ${renamed.join(', ')}`,
    '',
    renderTable(columns, parts, style).trimEnd(),
    ...skipped,
    '',
    style.bold('As sent:'),
    ...plan.sample.map((line) => `  ${shortened(line, 150)}`),
    '',
    `Nothing was sent. Next: ${command}`,
  ].join('\n')}\n`;
}

export function problemsText(refused: InputRefused, command: CommandWith, style: Style): string {
  const { first, count } = refused.problems;
  const lines = problemLines(refused.input, first, count);
  const remedy = first.some((problem) => problem.wholeFile)
    ? 'Correct the file and send it again.'
    : `Correct the file, or leave these rows out. Next: ${command({ onProblem: 'skip' })}`;
  const head = `tpe: ${refused.input} has ${counted(count, 'problem')}; nothing was sent.`;
  return `${[...lines, style.red(head), remedy].join('\n')}\n`;
}

export function refusedInputJson(refused: InputRefused, command: CommandWith): object {
  const skippable = !refused.problems.first.some((problem) => problem.wholeFile);
  return { ...refused, next: skippable ? [command({ onProblem: 'skip' })] : [], exitCode: 3 };
}

const COUNT_COLUMNS: readonly Column[] = [
  { head: 'part', align: 'right' },
  { head: 'state' },
  { head: 'submitted', align: 'right' },
  { head: 'updated', align: 'right' },
  { head: 'not found', align: 'right' },
  { head: 'failed', align: 'right' },
  { head: 'ignored', align: 'right' },
  { head: 'unaccounted', align: 'right' },
];

function countsRow(part: string, state: string, counts: PartCounts): readonly string[] {
  const { submitted, updated, notFound, failed, ignored, unaccounted } = counts;
  return [part, state, ...[submitted, updated, notFound, failed, ignored, unaccounted].map(String)];
}

function partNotes(part: PartReport, style: Style): readonly string[] {
  const notes: string[] = [];
  if (part.link !== undefined) notes.push(style.dim(`part ${part.part}: ${printable(part.link)}`));
  if (part.error !== undefined) notes.push(style.red(`part ${part.part}: ${errorSentence(part.error)}`));
  if (part.ambiguousAttempts > 0) {
    const twice = part.accepted
      ? 'applied more than once, which changes nothing'
      : 'applied; sending it again is harmless';
    notes.push(style.yellow(`part ${part.part}: an answer was lost after sending: it may have been ${twice}`));
  }
  return notes;
}

/** `crm.csv:12:3: thirdPartyId contains "/". (key-3rd-chars)` */
function problemLines(input: string, problems: readonly InputProblem[], count: number): readonly string[] {
  const lines = problems.map(({ line, column, message, rule }) => {
    const place = [input, line, line === undefined ? undefined : column].filter((part) => part !== undefined).join(':');
    return `${place}: ${printable(message)}${rule === undefined ? '' : ` (${rule})`}`;
  });
  return count > problems.length ? [...lines, `and ${count - problems.length} more`] : lines;
}

/** 0 where nothing limits the calls. */
const paceText = (minutes: number) =>
  minutes < 1 ? 'under a minute at the pace' : `at least ${Math.ceil(minutes)} minutes at the pace`;

const errorSentence = (error: UploadError) =>
  `${printable(error.message)}${error.attempts > 1 ? ` (${error.attempts} attempts)` : ''}`;

const errorJson = (error: UploadError | undefined) =>
  error === undefined
    ? undefined
    : { code: error.code, message: error.message, retryable: error.retryable, attempts: error.attempts };

const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;
