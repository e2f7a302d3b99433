/** What an upload came to, as a table for people, an object for machines and reasons for the exit code. */
import type { PartCounts, PartReport, UploadError, UploadReport, Verification } from '../client/index.ts';
import type { ExitReason } from './problem.ts';
import { skippedLines, warningLines } from './input-report.ts';
import { counted, type Line, linesText, printable, type Style } from './printable.ts';
import { renderTable, right } from './table.ts';
import type { CommandOptions } from './upload-fields.ts';

/** What is no reason yet for exit code 4. */
type Thresholds = Pick<CommandOptions, 'notFoundOk' | 'problemsMax'>;

/** Everything that applies; `exitCode` chooses. */
export function reportReasons(report: UploadReport, thresholds: Thresholds): readonly ExitReason[] {
  const reasons = report.parts.map(({ state, error }): ExitReason => {
    if (state === 'stuck' || state === 'interrupted') return state;
    // The same link is refused by `tpe status` too, today and tomorrow.
    if (state === 'timed-out') return error?.code === 'link-refused' ? 'refused' : 'stuck';
    if (state === 'failed') return error?.retryable === true ? 'temporary' : 'refused';
    return 'done';
  });
  // Parts may all look well when the signal came between two of them.
  if (report.state === 'interrupted') reasons.push('interrupted');
  if (report.outcomesError !== undefined) reasons.push('temporary');
  if (hasTooManyProblems(report, thresholds)) reasons.push('rowsRejected');
  return reasons;
}

function hasTooManyProblems(report: UploadReport, { notFoundOk, problemsMax }: Thresholds): boolean {
  const { total, skippedRows, parts, plan, verification } = report;
  // That sizes differ, or that profiles are not there, is no matter of how many.
  if (parts.some(({ discrepancy }) => discrepancy !== undefined)) return true;
  if (verification !== undefined && verification.missing.length + verification.different.length > 0) return true;
  const rejected = parts.filter(({ state }) => state === 'rejected-rows');
  const unaccounted = rejected.reduce((sum, { counts }) => sum + counts.unaccounted, 0);
  const problems = skippedRows + total.failed + unaccounted + (notFoundOk ? 0 : total.notFound);
  const bound = Number.parseFloat(problemsMax);
  const most = problemsMax.endsWith('%') ? (bound / 100) * (plan.rows + skippedRows) : bound;
  return problems > most;
}

export function reportText(report: UploadReport, next: readonly string[], style: Style): string {
  const { parts, plan, error, outcomesError, total, verification } = report;
  const several = parts.length > 1;
  const rows = several ? parts.map((part) => countsRow(String(part.part), part.state, part.counts)) : [];
  const totals = countsRow(several ? 'all' : '1', report.state, total);
  const isTold = parts.some((part) => part.error === error);
  return linesText(
    renderTable(COUNT_COLUMNS, [...rows, totals], style).trimEnd(),
    parts.flatMap((part) => partNotes(part, style)),
    error !== undefined && !isTold && style.red(errorSentence(error)),
    outcomesError && style.red(errorSentence(outcomesError)),
    skippedLines({ ...report, input: plan.input }, 'left out', style),
    warningLines(plan.warnings, style),
    verification && verificationLines(verification, style),
    total.notFound > 0 && 'Not found: v1 updates existing profiles only (v1-update-only); v2 creates them.',
    next.length > 0 && ['Next:', ...next.map((command) => `  ${command}`)],
  );
}

export function reportJson(report: UploadReport): object {
  // The sample would carry personal data into a log; failed ids stand in a file, where one was asked for.
  const { sample: _, ...plan } = report.plan;
  const parts = report.parts.map(({ failedIds, ...part }) => ({ ...part, failedIds: failedIds.length }));
  return { ...report, plan, parts };
}

const COUNTS = ['submitted', 'updated', 'not found', 'failed', 'ignored', 'unaccounted'];
const COUNT_COLUMNS = [right('part'), 'state', ...COUNTS.map(right)];

function countsRow(part: string, state: string, counts: PartCounts): readonly string[] {
  const { submitted, updated, notFound, failed, ignored, unaccounted } = counts;
  return [part, state, ...[submitted, updated, notFound, failed, ignored, unaccounted].map(String)];
}

function partNotes(part: PartReport, style: Style): readonly Line[] {
  const { link, discrepancy, failedIds, error, ambiguousAttempts } = part;
  const twice = part.accepted
    ? 'applied more than once, which rolled back what somebody else wrote for these ids in between'
    : 'applied; sent again, it rolls back what somebody else has written for these ids since';
  const head = `part ${part.part}:`;
  return [
    link && style.dim(`${head} ${printable(link)}`),
    discrepancy && style.red(`${head} ${discrepancy}`),
    failedIds.length > 0 && style.yellow(`${head} failed: ${idsText(failedIds)}`),
    error && style.red(`${head} ${errorSentence(error)}`),
    ambiguousAttempts > 0 && style.yellow(`${head} an answer was lost after sending: it may have been ${twice}`),
  ];
}

function verificationLines({ fetched, missing, different, unknown }: Verification, style: Style): readonly Line[] {
  return [
    missing.length > 0
      ? `${counted(fetched + missing.length + unknown, 'profile')} asked for, ${fetched} found and compared`
      : `${counted(fetched, 'profile')} fetched and compared${unknown > 0 ? `, ${unknown} could not be` : ''}`,
    missing.length > 0 && style.red(`no profile, although counted as updated: ${idsText(missing)}`),
    different.length > 0 && style.red(`not what was sent, or written by somebody else since: ${idsText(different)}`),
  ];
}

function idsText(ids: readonly string[]): string {
  const shown = ids.slice(0, IDS_SHOWN).map(printable).join(', ');
  return ids.length > IDS_SHOWN ? `${shown} and ${ids.length - IDS_SHOWN} more` : shown;
}

const IDS_SHOWN = 10;

const errorSentence = (error: UploadError) =>
  `${printable(error.message)}${error.attempts > 1 ? ` (${error.attempts} attempts)` : ''}`;
