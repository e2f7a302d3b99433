/** An export sent as customer attributes: judged as for the bulk API, written as one `.csv`, then its `.fin`, then followed. */
import { attributeFileWriter } from '../../protocol/attribute-file/from-batch-file.ts';
import { DEFAULT_SETTINGS } from '../../protocol/vocabulary/index.ts';
import type { RunOptions } from '../progress.ts';
import { jobId } from '../jobs/job-id.ts';
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
import { UploadError } from '../upload-error.ts';
import { type CheckOptions, checkOptionsSchema } from '../check-input.ts';
import { readOptionsBy } from '../upload-options.ts';
import { openAccount, type SftpPlace } from './sftp-account.ts';

export interface AttributesOptions extends Omit<CheckOptions, 'callsPerMinute'> {
  readonly place: SftpPlace;
  /** Whether to wait until the file is processed or failed. Default: true. */
  readonly wait?: boolean;
  /** How long to wait, in milliseconds. Default: 10 minutes on this machine, elsewhere 24 hours. */
  readonly deadlineMs?: number | undefined;
  readonly clock?: Clock;
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
}

/**
 * Empty cells become blank fields, which remove (ca-null-removes). Defaults are those of `checkInput` and `AttributesOptions`;
 * `deadlineMs` is in milliseconds.
 *
 * @throws What `checkInput` throws, and `untrusted`, `refused` or `network` for the account.
 *
 * @example
 * const url = new URL('sftp://demo.crm@127.0.0.1:2222');
 * await uploadAttributes('crm.csv', { idColumn: 'customer_id', place: { url, password, knownHosts } });
 */
export function uploadAttributes(
  source: UploadSource,
  { place, wait = true, deadlineMs, clock = systemClock(), ...given }: AttributesOptions,
  run: RunOptions = {},
): Promise<AttributesReport | InputRefused> {
  const { signal } = run;
  const options = readOptionsBy(checkOptionsSchema, given);
  return withSpool(undefined, run, async (spool) => {
    const input = await openInput(source, signal);
    const held = new HeldBytes(spool, 'rows');
    const surveyOptions = { ...options, callsPerMinute: Infinity };
    const survey = await surveyInput(input, surveyOptions, run, held);
    if (survey.kind === 'input-refused') return survey;
    const { idKind, parts, rows, skippedRows, problems } = survey.plan;
    if (idKind === 'pcId')
      throw UploadError.ofOptions(['Customer attributes need a customer id, and no pcId (ca-ids).']);
    const bodies = await partBodies(survey, held, { areKept: false }, spool, run);
    // A name of its own: what an earlier upload left in processed is another file.
    const name = jobId(epochMs(clock), systemRandom());
    const file = `${name}.csv`;
    const account = await openAccount(place, signal);
    try {
      await account.write(file, attributeFile(parts.map(({ part }) => bodies(part))));
      await account.write(`${name}.fin`, []);
      const isNear = isLoopbackHost(place.url.hostname);
      const deadline = clock.now() + (deadlineMs ?? (isNear ? 10 : 24 * 60) * 60_000);
      let state: AttributesReport['state'] = 'waiting';
      while (wait && state === 'waiting' && clock.now() < deadline) {
        if ((await account.list('/processed')).includes(file)) state = 'processed';
        else if ((await account.list('/failed')).includes(file)) state = 'failed';
        else await clock.sleep(isNear ? 100 : 10_000, signal);
      }
      return { kind: 'attributes', state, file, rows, skippedRows, problems };
    } catch (cause) {
      if (signal?.aborted !== true) throw cause;
      const message = `Interrupted: of ${file} all is applied if ${name}.fin is there, else nothing.`;
      throw new UploadError('interrupted', message, { cause });
    } finally {
      account.close();
    }
  });
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
