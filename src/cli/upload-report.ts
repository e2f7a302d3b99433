/** What an upload came to, as a table for people, an object for machines and reasons for the exit code. */
import type { PartCounts, PartReport, UploadError, UploadReport } from '../client/index.ts';
import type { ExitReason } from './exit-code.ts';
import { skippedLines, warningLines } from './input-report.ts';
import { printable } from './printable.ts';
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
  lines.push(
    ...skippedLines({ ...report, input: report.plan.input }, 'left out', style),
    ...warningLines(report.plan.warnings, style),
  );
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

const errorSentence = (error: UploadError) =>
  `${printable(error.message)}${error.attempts > 1 ? ` (${error.attempts} attempts)` : ''}`;

const errorJson = (error: UploadError | undefined) =>
  error === undefined
    ? undefined
    : { code: error.code, message: error.message, retryable: error.retryable, attempts: error.attempts };
