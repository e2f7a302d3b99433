/** `tpe jobs`: what uploads are remembered, and one of them in full; or forgets it with its rows. */
import { type JobSummary, openJobs } from '../../client/index.ts';
import { DAY_MS } from '../../protocol/vocabulary/index.ts';
import type { Context } from '../context.ts';
import { defineCommand } from '../define-command.ts';
import { resumeCommandLine, stateFlag, statePlace } from '../printed-command.ts';
import { asTyped, printable } from '../printable.ts';
import { wrongUsage } from '../problem.ts';
import { renderTable, right } from '../table.ts';
import { STATE_FIELDS, stateOptionsSchema } from '../upload-fields.ts';

export const jobsCommand = defineCommand({
  name: 'jobs',
  description: 'list, show or forget the uploads that are remembered',
  words: [
    ['[action]', 'list, show or forget (default: list)'],
    ['[job]', 'its id, or latest for the youngest that can be resumed'],
  ],
  schema: stateOptionsSchema,
  fields: STATE_FIELDS,
  help: `
A job can be resumed while it is open: tpe upload --resume ID. To forget one
takes its rows away.

Examples:
  tpe jobs
  tpe jobs show latest --json
  tpe jobs forget 20260101-093015-k3f9x`,
  async does({ options: { state, keepDays }, words: [action = 'list', which = ''], tell }, context) {
    const place = statePlace(state, context);
    if (place === undefined) throw usage('With --state off no job is remembered.');
    if (action !== 'list' && (which === '' || (action !== 'show' && action !== 'forget')))
      throw usage('Say list, show JOB or forget JOB.');
    if (action === 'list' && which !== '') throw usage('All jobs are listed: say show JOB for one.');
    const jobs = await openJobs(place);
    try {
      jobs.sweep(keepDays * DAY_MS);
      if (action === 'list') {
        const all = jobs.list();
        return tell(all, () => listText(all, context));
      }
      const job = jobs.show(which);
      if (action === 'forget') {
        jobs.forget(job.id);
        return tell({ forgotten: job.id }, () => `Forgot ${job.id}.\n`);
      }
      const resume = resumeCommandLine(job.id, stateFlag(place, context));
      const next = job.state === 'open' ? [asTyped(resume, context.environment.command)] : [];
      return tell({ ...job, next }, () => jobText(job, next, context));
    } finally {
      jobs.close();
    }
  },
});

function listText(all: readonly JobSummary[], { style }: Context): string {
  if (all.length === 0) return 'No job is remembered here.\n';
  const rows = all.map(({ id, state, result, account, input, rows: count, parts }) => [
    id,
    state,
    result,
    account,
    String(count),
    `${parts.filter((part) => part.state === 'settled').length}/${parts.length}`,
    printable(input),
  ]);
  const columns = ['job', 'state', 'last result', 'account', right('rows'), right('settled'), 'input'];
  return renderTable(columns, rows, style);
}

function jobText(job: JobSummary, next: readonly string[], { style }: Context): string {
  const numbers = ['rows', 'bytes', 'attempts', 'answers lost'].map(right);
  const columns = [right('part'), 'state', ...numbers, 'link'];
  const parts = job.parts.map(({ part, state, rows, bytes, attempts, ambiguousAttempts, link }) => [
    String(part),
    state,
    ...[rows, bytes, attempts, ambiguousAttempts].map(String),
    printable(link ?? ''),
  ]);
  const lines = [
    `${style.bold(job.id)}: ${job.state}${job.result === '' ? '' : `, last ${job.result}`}`,
    `account ${job.account}; ${printable(job.input)}, SHA-256 ${job.digest}`,
    `begun ${isoTime(job.startedAt)}, changed ${isoTime(job.changedAt)}, by version ${job.version}`,
    renderTable(columns, parts, style).trimEnd(),
    ...(next.length === 0 ? [] : ['Next:', ...next.map((line) => `  ${line}`)]),
  ];
  return `${lines.join('\n')}\n`;
}

const isoTime = (epochMs: number) => new Date(epochMs).toISOString();

const usage = (message: string) => wrongUsage('tpe jobs', message);
