/** An export sent as customer attributes: judged as for the bulk API, written as one `.csv`, then its `.fin`, then followed. */
import { attributeFileWriter } from '../../protocol/attribute-file/from-batch-file.ts';
import { DEFAULT_SETTINGS } from '../../protocol/vocabulary/index.ts';
import type { RunOptions } from '../progress.ts';
import { prepare } from '../create-uploader.ts';
import { digested } from '../jobs/fingerprint.ts';
import { Job } from '../jobs/job.ts';
import { jobId } from '../jobs/job-id.ts';
import { type JobsPlace, withJobs } from '../jobs/with-jobs.ts';
import { isLoopbackHost } from '../endpoint.ts';
import { type PartBody, partBodies } from '../plan/part-bodies.ts';
import { surveyInput } from '../plan/survey-input.ts';
import type { ProblemTally } from '../read/input-problem.ts';
import { openInput } from '../read/open-input.ts';
import type { UploadSource } from '../read/upload-source.ts';
import type { InputRefused } from '../report/upload-report.ts';
import { type Clock, epochMs, systemClock, systemRandom } from '../runtime/clock.ts';
import { HeldBytes } from '../spool/held-bytes.ts';
import { withSpool } from '../spool/private-directory.ts';
import { isUploadError, UploadError } from '../upload-error.ts';
import { type CheckOptions, checkOptionsSchema } from '../check/check-file.ts';
import { readOptionsBy } from '../upload-options.ts';
import { linesOf, openAccount, type SftpAccount, type SftpPlace } from './sftp-account.ts';

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
}

export interface AttributesReport {
  readonly kind: 'attributes';
  /** `waiting`: it is there with its `.fin`, and had not ended when the wait did. */
  readonly state: 'processed' | 'failed' | 'waiting';
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
export function uploadAttributes(
  source: UploadSource,
  { place, wait, deadlineMs, clock = systemClock(), state, keepDays, jobs: given, ...asked }: AttributesOptions,
  run: RunOptions = {},
): Promise<AttributesReport | InputRefused> {
  const { signal } = run;
  const options = readOptionsBy(checkOptionsSchema, asked);
  const random = systemRandom();
  return withJobs({ state, keepDays, jobs: given }, { clock, random }, (jobs) =>
    withSpool(undefined, run, async (spool) => {
      const input = await openInput(source, signal);
      const sftp = place.url.href;
      const kept: KeptPlace = { sftp, knownHosts: linesOf(place) };
      const preparing = jobs?.begin({ account: sftp, input: input.name, options: kept });
      // A name of its own: what an earlier upload left in processed is another file.
      const id = preparing?.id ?? jobId(epochMs(clock), random);
      const files = preparing?.files ?? spool;
      let account: SftpAccount | undefined;
      const prepared = await prepare(preparing, async () => {
        const fingerprinted = preparing && digested(input);
        const surveyOptions = { ...options, callsPerMinute: Infinity };
        const held = new HeldBytes(files, 'rows');
        const survey = await surveyInput(fingerprinted ?? input, surveyOptions, run, held);
        if (survey.kind === 'input-refused') return survey;
        const { plan, header } = survey;
        if (plan.idKind === 'pcId')
          throw UploadError.ofOptions(['Customer attributes need a customer id, and no pcId (ca-ids).']);
        const bodies = await partBodies(survey, held, { areKept: preparing !== undefined }, files, run);
        account = await openAccount(place, signal);
        const digest = fingerprinted?.digest() ?? '';
        return preparing?.ready({ plan, header, digest }) ?? new Job(id, plan, bodies);
      });
      if ('kind' in prepared) return prepared;
      return send(prepared, account!, { url: place.url, wait, deadlineMs, clock }, signal);
    }),
  );
}

/**
 * Goes on with an upload whose process has ended: `which` is its job's id, or `latest`. Its file is sent again unless its
 * `.fin` is there, which is safe, since nothing is taken before; then it is followed. Defaults are those of
 * `AttributesOptions`; `deadlineMs` is in milliseconds.
 *
 * @throws `job-unknown`, `job-busy`, `state-unusable`, and `untrusted`, `refused` or `network` for the account.
 *
 * @example
 * await resumeAttributes('latest', { state: '/var/lib/crm/tpe', password });
 */
export function resumeAttributes(
  which: string,
  { password, wait, deadlineMs, clock = systemClock(), ...place }: ResumeAttributesOptions,
  { signal }: RunOptions = {},
): Promise<AttributesReport> {
  return withJobs(place, { clock, random: systemRandom() }, async (jobs) => {
    if (jobs === undefined) throw new UploadError('job-unknown', 'No job is remembered: there is no state folder.');
    const { job, options, release } = jobs.resume(which);
    let account: SftpAccount | undefined;
    try {
      const { sftp, knownHosts } = options as KeptPlace;
      const url = new URL(sftp);
      account = await openAccount({ url, password, knownHosts }, signal);
      return await send(job, account, { url, wait, deadlineMs, clock }, signal);
    } finally {
      // Nothing was begun.
      if (account === undefined) release();
    }
  });
}

/** What a job remembers: no password. */
type KeptPlace = Readonly<Record<'sftp' | 'knownHosts', string>>;

async function send(
  job: Job,
  account: SftpAccount,
  { url, wait = true, deadlineMs, clock }: Omit<FollowOptions, 'clock'> & { readonly url: URL; readonly clock: Clock },
  signal: AbortSignal | undefined,
): Promise<AttributesReport> {
  const { plan, id } = job;
  const [file, fin] = [`${id}.csv`, `${id}.fin`];
  const record = (change: Parameters<Job['record']>[1]) => {
    for (const { part } of plan.parts) job.record(part, change);
  };
  const has = async (folder: string, name: string) => (await account.list(folder)).includes(name);
  const ended = async () => {
    if (await has('/processed', file)) return 'processed';
    return (await has('/failed', file)) ? 'failed' : 'waiting';
  };
  const { attempts } = job.part(1);
  let state: AttributesReport['state'] = 'waiting';
  let result = 'failed';
  try {
    // The root first: what leaves it meanwhile is found where it has gone.
    const isTaken = attempts > 0 && ((await has('/', fin)) || (await ended()) !== 'waiting');
    if (!isTaken) {
      record({ state: 'sending', attempts: attempts + 1 });
      await account.write(file, attributeFile(plan.parts.map(({ part }) => job.body(part))));
      await account.write(fin, []);
    }
    record({ state: 'accepted', link: `${url.href.replace(/\/$/, '')}/${file}` });
    const isNear = isLoopbackHost(url.hostname);
    const deadline = clock.now() + (deadlineMs ?? (isNear ? 10 : 24 * 60) * 60_000);
    while (wait && clock.now() < deadline) {
      state = await ended();
      if (state !== 'waiting') break;
      await clock.sleep(isNear ? 100 : 10_000, signal);
    }
    if (state !== 'waiting') record({ state: 'settled' });
    result = state;
    const { rows, skippedRows, problems } = plan;
    const open = job.isRemembered && state === 'waiting' ? id : undefined;
    return { kind: 'attributes', state, file, rows, skippedRows, problems, job: open };
  } catch (cause) {
    const details = { cause, ...(job.isRemembered && { job: id }) };
    if (signal?.aborted === true) result = 'interrupted';
    if (signal?.aborted === true)
      throw new UploadError(
        'interrupted',
        `Interrupted: of ${file} all is applied if ${fin} is there, else nothing.`,
        details,
      );
    throw isUploadError(cause) ? new UploadError(cause.code, cause.message, details) : cause;
  } finally {
    account.close();
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
