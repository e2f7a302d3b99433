/** `tpe jobs`: what uploads are remembered, and one of them in full; or forgets it with its rows. */
import { Command } from 'commander';
import { openJobs, type JobSummary, type Jobs } from '../../client/index.ts';
import { printJson, type Context, type Run } from '../context.ts';
import { EXIT_CODES, type ExitCode } from '../exit-code.ts';
import { resumeCommandLine } from '../next-command.ts';
import { addOptionFields, checkedOptions, givenOptions } from '../option-flags.ts';
import { printable } from '../printable.ts';
import { Problem } from '../problem.ts';
import { asTyped } from '../shell-word.ts';
import { stateFlag, statePlace } from '../state-place.ts';
import { renderTable } from '../table.ts';
import { STATE_FIELDS, stateOptionsSchema } from '../upload-fields.ts';

const DAY_MS = 24 * 60 * 60_000;

export function jobsCommand(run: (run: Run) => Promise<void>): Command {
  const command = new Command('jobs').description('list, show or forget the uploads that are remembered');
  command.argument('[action]', 'list, show or forget', 'list');
  command.argument('[job]', 'its id, or latest for the youngest that can be resumed');
  command.option('--json', 'print the answer as JSON');
  return addOptionFields(command, STATE_FIELDS)
    .addHelpText(
      'after',
      `
A job can be resumed while it is open: tpe upload --resume ID. To forget one
takes its rows away.

Examples:
  tpe jobs
  tpe jobs show latest --json
  tpe jobs forget 20260101-093015-k3f9x`,
    )
    .action(async (action: string, job: string | undefined) => {
      await run((context) => {
        const given = givenOptions(command, STATE_FIELDS, context.environment);
        const { state, keepDays } = checkedOptions(stateOptionsSchema, STATE_FIELDS, given, 'tpe jobs');
        const json = command.opts<{ json?: boolean }>().json === true;
        return withState({ action, job, json, state, keepDays }, context);
      });
    });
}

interface JobsTask {
  readonly action: string;
  readonly job: string | undefined;
  readonly json: boolean;
  readonly state: string | undefined;
  readonly keepDays: number;
}

async function withState(task: JobsTask, context: Context): Promise<ExitCode> {
  const place = statePlace(task.state, context);
  if (place === undefined) throw usage('With --state off no job is remembered.');
  const jobs = await openJobs(place);
  try {
    jobs.sweep(task.keepDays * DAY_MS);
    return perform(task, jobs, place, context);
  } finally {
    jobs.close();
  }
}

function perform({ action, job, json }: JobsTask, jobs: Jobs, place: string, context: Context): ExitCode {
  if (action === 'list') {
    const all = jobs.list();
    if (json) printJson(context, all);
    else context.stdout.write(listText(all, context));
    return EXIT_CODES.done;
  }
  if (job === undefined || (action !== 'show' && action !== 'forget')) throw usage('Say list, show JOB or forget JOB.');
  const summary = jobs.show(job);
  if (action === 'forget') {
    jobs.forget(summary.id);
    if (json) printJson(context, { forgotten: summary.id });
    else context.stdout.write(`Forgot ${summary.id}.\n`);
    return EXIT_CODES.done;
  }
  const resume = resumeCommandLine(summary.id, stateFlag(place, context));
  const next = summary.state === 'open' ? [asTyped(resume, context.environment.command)] : [];
  if (json) printJson(context, { ...summary, next });
  else context.stdout.write(jobText(summary, next, context));
  return EXIT_CODES.done;
}

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
  const columns = [
    { head: 'job' },
    { head: 'state' },
    { head: 'last result' },
    { head: 'account' },
    { head: 'rows', align: 'right' as const },
    { head: 'settled', align: 'right' as const },
    { head: 'input' },
  ];
  return renderTable(columns, rows, style);
}

function jobText(job: JobSummary, next: readonly string[], { style }: Context): string {
  const columns = [
    { head: 'part', align: 'right' as const },
    { head: 'state' },
    { head: 'rows', align: 'right' as const },
    { head: 'bytes', align: 'right' as const },
    { head: 'attempts', align: 'right' as const },
    { head: 'answers lost', align: 'right' as const },
    { head: 'link' },
  ];
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

const usage = (message: string) => new Problem(message, { reason: 'usage', code: 'usage', next: 'tpe jobs --help' });
