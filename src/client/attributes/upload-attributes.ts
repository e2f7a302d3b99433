/** An export sent as customer attributes: judged as for the bulk API, written as one `.csv`, then its `.fin`, then followed. */
import { attributeFileWriter } from '../../protocol/attribute-file/from-batch-file.ts';
import { DEFAULT_SETTINGS } from '../../protocol/vocabulary/index.ts';
import { assertCall, readRun } from '../call-options.ts';
import { type CheckOptions, checkOptionsSchema } from '../check/check-file.ts';
import { isLoopbackHost } from '../endpoint.ts';
import type { Job } from '../jobs/job.ts';
import { type JobsPlace, kept, withJobs } from '../jobs/with-jobs.ts';
import type { PartBody } from '../plan/part-bodies.ts';
import { withPreparedJob } from '../prepare-job.ts';
import type { RunOptions } from '../progress.ts';
import type { ProblemTally } from '../read/input-problem.ts';
import type { UploadSource } from '../read/open-input.ts';
import type { InputRefused } from '../report/upload-report.ts';
import { type Clock, systemClock, systemRandom } from '../runtime/clock.ts';
import { isUploadError, UploadError } from '../upload-error.ts';
import { readOptionsBy } from '../upload-options.ts';
import { assertCustomerIds } from './attributes-plan.ts';
import { assertSftp, linesOf, openAccount, type SftpAccount, type SftpPlace } from './sftp-account.ts';

/** How an account is followed, and which state folder remembers the upload. */
interface FollowOptions extends JobsPlace {
  /** Whether to wait until the file is processed or failed. Default: true. */
  readonly wait?: boolean | undefined;
  /** How long to wait, in milliseconds. Default: 10 minutes on this machine, elsewhere 24 hours. */
  readonly deadlineMs?: number | undefined;
  readonly clock?: Clock;
}

export interface AttributesOptions extends Omit<CheckOptions, 'callsPerMinute'>, FollowOptions {
  readonly place: SftpPlace;
}

export interface ResumeAttributesOptions extends FollowOptions {
  readonly password: string;
  /** Text of a `known_hosts` file. Default: the lines that the job began with. */
  readonly knownHosts?: string | undefined;
}

export interface AttributesReport {
  readonly kind: 'attributes';
  /** `waiting`: it is there with its `.fin`, and had not ended when the wait did. */
  readonly state: 'processed' | 'failed' | 'waiting';
  /** `sftp://USER@HOST:PORT`. */
  readonly account: string;
  /** As it is called in the account. */
  readonly file: string;
  readonly rows: number;
  readonly skippedRows: number;
  readonly problems: ProblemTally;
  /** By which it can be resumed; undefined without a state folder, and once it has ended. */
  readonly job: string | undefined;
}

/**
 * Empty cells become blank fields, which remove (ca-null-removes). Defaults are those of `checkInput` and `AttributesOptions`;
 * `deadlineMs` is in milliseconds. With `state` it is a job, which `resumeAttributes` goes on with.
 *
 * @throws What `checkInput` throws, `state-unusable`, and `untrusted`, `refused` or `network` for the account.
 *
 * @example
 * const url = new URL('sftp://demo.crm@127.0.0.1:2222');
 * await uploadAttributes('crm.csv', { idColumn: 'customer_id', place: { url, password, knownHosts } });
 */
export async function uploadAttributes(
  source: UploadSource,
  options: AttributesOptions,
  run: RunOptions = {},
): Promise<AttributesReport | InputRefused> {
  assertCall('attributes', options);
  readRun(run);
  const { place, wait, deadlineMs, clock = systemClock(), state, keepDays, jobs: given, ...asked } = options;
  const judging = { ...readOptionsBy(checkOptionsSchema, asked), callsPerMinute: Infinity };
  // What is not installed is told before anything is read.
  await assertSftp();
  const services = { clock, random: systemRandom() };
  const account = place.url.href;
  const remembered: KeptPlace = { sftp: account, knownHosts: linesOf(place).join('\n') };
  return withJobs({ state, keepDays, jobs: given }, services, (jobs) =>
    withPreparedJob(
      source,
      { jobs, services, account, options: remembered, judging, assertFits: assertCustomerIds },
      run,
      (job) => send(job, place, { wait, deadlineMs, clock }, run.signal),
    ),
  );
}

/**
 * Goes on with an upload whose process has ended: `which` is its job's id, or `latest`. Its file is sent again unless its
 * `.fin` is there, which is safe, since nothing is taken before; then it is followed. Defaults are those of
 * `AttributesOptions`; `deadlineMs` is in milliseconds.
 *
 * @throws `options-invalid`, `job-unknown`, `job-busy`, `state-unusable`, and `untrusted`, `refused` or `network` for the account.
 *
 * @example
 * await resumeAttributes('latest', { state: '/var/lib/crm/tpe', password });
 */
export async function resumeAttributes(
  which: string,
  resumed: ResumeAttributesOptions,
  run: RunOptions = {},
): Promise<AttributesReport> {
  assertCall('resumeAttributes', resumed);
  const { signal } = readRun(run);
  const { password, knownHosts, wait, deadlineMs, clock = systemClock(), ...place } = resumed;
  return withJobs(place, { clock, random: systemRandom() }, async (jobs) => {
    const { job, options } = kept(jobs).resume(which, 'customer-attributes');
    const { sftp, knownHosts: before } = options as KeptPlace;
    const account = { url: new URL(sftp), password, knownHosts: knownHosts ?? before };
    return send(job, account, { wait, deadlineMs, clock }, signal);
  });
}

/** What a job remembers: no password. */
type KeptPlace = Readonly<Record<'sftp' | 'knownHosts', string>>;

async function send(
  job: Job,
  place: SftpPlace,
  { wait = true, deadlineMs, clock }: Pick<FollowOptions, 'wait' | 'deadlineMs'> & { readonly clock: Clock },
  signal: AbortSignal | undefined,
): Promise<AttributesReport> {
  const { plan, id } = job;
  const [file, fin] = [`${id}.csv`, `${id}.fin`];
  const record = (change: Parameters<Job['record']>[1]) => {
    for (const { part } of plan.parts) job.record(part, change);
  };
  let account: SftpAccount | undefined;
  let result = 'failed';
  try {
    const { write, list } = (account = await openAccount(place, signal));
    const ended = async () => {
      if ((await list('/processed')).includes(file)) return 'processed';
      return (await list('/failed')).includes(file) ? 'failed' : 'waiting';
    };
    const { attempts } = job.part(1);
    // The root first: what leaves it meanwhile is found where it has gone.
    const isTaken = attempts > 0 && ((await list('/')).includes(fin) || (await ended()) !== 'waiting');
    if (!isTaken) {
      record({ state: 'sending', attempts: attempts + 1 });
      await write(file, attributeFile(plan.parts.map(({ part }) => job.body(part))));
      await write(fin, []);
    }
    record({ state: 'accepted', link: `${place.url.href.replace(/\/$/, '')}/${file}` });
    const isNear = isLoopbackHost(place.url.hostname);
    const deadline = clock.now() + (deadlineMs ?? (isNear ? 10 : 24 * 60) * 60_000);
    let state: AttributesReport['state'] = 'waiting';
    while (wait && clock.now() < deadline) {
      state = await ended();
      if (state !== 'waiting') break;
      await clock.sleep(isNear ? 100 : 10_000, signal);
    }
    if (state !== 'waiting') record({ state: 'settled' });
    result = state;
    const { rows, skippedRows, problems } = plan;
    const open = job.isRemembered && state === 'waiting' ? id : undefined;
    return { kind: 'attributes', state, account: place.url.href, file, rows, skippedRows, problems, job: open };
  } catch (cause) {
    const details = { cause, ...(job.isRemembered && { job: id }) };
    if (signal?.aborted !== true)
      throw isUploadError(cause) ? new UploadError(cause.code, cause.message, details) : cause;
    result = 'interrupted';
    const message = `Interrupted: of ${file} all is applied if ${fin} is there, else nothing.`;
    throw new UploadError('interrupted', message, details);
  } finally {
    account?.close();
    job.close(result);
  }
}

/** All parts in one file, under the header row of the first. */
async function* attributeFile(parts: readonly PartBody[]): AsyncGenerator<string> {
  for (const [index, { open }] of parts.entries()) {
    const writer = attributeFileWriter(DEFAULT_SETTINGS);
    let isRows = index === 0;
    for await (const block of open()) {
      const text = writer.write(block);
      // The header row comes as a block of its own.
      if (isRows) yield text;
      isRows ||= writer.header() !== undefined;
    }
    yield writer.end();
  }
}
