/** The uploader's one entry: options and dependencies in, `plan`, `upload` and `follow` out. */
import { isAdobeHost } from './adobe-host.ts';
import { type Clock, systemClock, systemRandom } from './runtime/clock.ts';
import { callsPerMinuteOn, deadlineMsOn, followLink } from './follow/follow-link.ts';
import { followLinks } from './follow/follow-links.ts';
import type { FollowOutcome } from './follow/follow-outcome.ts';
import { pollScheduleOn } from './follow/poll-schedule.ts';
import { partBodies } from './plan/part-bodies.ts';
import { type Survey, surveyInput } from './plan/survey-input.ts';
import type { PlannedPart, UploadPlan } from './plan/upload-plan.ts';
import type { Progress } from './progress.ts';
import { readEndpoint } from './read-endpoint.ts';
import { type Input, openInput } from './read/open-input.ts';
import type { UploadSource } from './read/upload-source.ts';
import { httpTransport } from './runtime/http-transport.ts';
import { makeReport, sentPart, unsentPart } from './report/make-report.ts';
import type { InputRefused, PartReport, UploadResult } from './report/upload-report.ts';
import { Pace } from './send/pace.ts';
import { type Submission, submitPart } from './send/submit-part.ts';
import type { Transport } from './send/transport.ts';
import { HeldBytes } from './spool/held-bytes.ts';
import { withSpool } from './spool/with-spool.ts';
import { OptionsError, ProductionHostError } from './upload-error.ts';
import { type CompleteOptions, readOptions, type UploadOptions } from './upload-options.ts';

export interface UploaderDependencies {
  /** Default: `node:http`, one connection a call, each bounded by `callTimeoutMs`. */
  readonly transport?: Transport;
  /** Default: the machine's monotonic clock. */
  readonly clock?: Clock;
  /** Jitter. Default: the machine's chance. */
  readonly random?: { next(): number };
  /** Parent of the private directory for temporary files. Default: the system's. */
  readonly temporaryDirectory?: string;
}

export type UploaderOptions = UploadOptions & UploaderDependencies;

export interface RunOptions {
  /** Ends the run: temporary files are removed and the report says `interrupted`. */
  readonly signal?: AbortSignal;
  /** Called often; must not throw. */
  readonly onProgress?: (progress: Progress) => void;
}

export interface Uploader {
  /**
   * Reads and judges the input, sends nothing.
   * Rejects with InputUnreadableError, InputChangedError, SpoolError or InterruptedError.
   */
  plan(source: UploadSource, run?: RunOptions): Promise<UploadPlan | InputRefused>;
  /**
   * Reads and judges the input, then sends it part by part and, with `wait`, follows every part to its end.
   * Whatever the service does is in the report; until the first part is sent it rejects as `plan` does, and with
   * OptionsError when `fromPart` is beyond the last part.
   */
  upload(source: UploadSource, run?: RunOptions): Promise<UploadResult>;
  /** Follows a status link as `upload` would. */
  follow(link: string, run?: RunOptions): Promise<FollowOutcome>;
}

/**
 * An uploader for one client code of one endpoint; defaults are those of `UPLOAD_DEFAULTS` and `UploaderDependencies`.
 *
 * @throws OptionsError for options that do not exist or hold, ProductionHostError for an Adobe host without `production`.
 *
 * @example
 * const uploader = createUploader({ endpoint: 'http://127.0.0.1:8181', client: 'acme' });
 * const result = await uploader.upload('crm.csv');
 * if (result.kind === 'report') console.log(result.state, result.total);
 */
export function createUploader(given: UploaderOptions): Uploader {
  const {
    transport: givenTransport,
    clock = systemClock(),
    random = systemRandom(),
    temporaryDirectory,
    ...rest
  } = given;
  const options = readOptions(rest);
  const endpoint = readEndpoint(options.endpoint);
  if (isAdobeHost(endpoint.hostname) && !options.production) throw productionHost(endpoint);
  const transport = givenTransport ?? httpTransport(options.callTimeoutMs);
  const callsPerMinute = options.callsPerMinute ?? callsPerMinuteOn(endpoint);
  const deadlineMs = options.deadlineMs ?? deadlineMsOn(endpoint);

  const survey = (input: Input, run: RunOptions, held?: HeldBytes) =>
    surveyInput(input, { ...options, callsPerMinute }, run, held);

  return {
    async plan(source, run = {}) {
      const result = await withSpool(temporaryDirectory, run, async (spool) =>
        survey(await openInput(source, spool, run.signal), run),
      );
      return result.kind === 'survey' ? result.plan : result;
    },

    async upload(source, run = {}) {
      const { signal, onProgress } = run;
      // One pace for the whole run: submissions and status requests share the account's calls a minute.
      const pace = new Pace(clock, callsPerMinute, onProgress);
      const call = { transport, pace, signal, clock, random, token: options.token, onProgress };

      // The temporary files go before the long wait: they hold personal data.
      const sent = await withSpool(temporaryDirectory, run, async (spool) => {
        const input = await openInput(source, spool, signal);
        const surveyed = await survey(input, run, new HeldBytes(spool, 'only-part'));
        if (surveyed.kind === 'input-refused') return surveyed;
        assertFromPart(options, surveyed);
        onProgress?.({ kind: 'planned', plan: surveyed.plan });
        const bodies = await partBodies(input, surveyed, options, spool, run);
        const url = submissionUrl(endpoint, options);
        const submit = (part: number) =>
          submitPart(part, bodies(part), { ...call, url, attemptsMax: options.attemptsMax });
        return {
          kind: 'sent' as const,
          plan: surveyed.plan,
          submissions: await submitAll(surveyed, options, submit, run),
        };
      });
      if (sent.kind === 'input-refused') return sent;

      const { plan, submissions } = sent;
      const reports = new Map<number, PartReport>();
      const settle = (part: PlannedPart, report: PartReport) => {
        reports.set(part.part, report);
        onProgress?.({ kind: 'settled', report });
      };
      const accepted: {
        readonly part: PlannedPart;
        readonly submission: Submission & { readonly kind: 'accepted' };
      }[] = [];
      for (const part of plan.parts) {
        const submission = submissions.get(part.part);
        if (submission === undefined)
          settle(part, unsentPart(part, part.part < options.fromPart ? 'skipped' : 'not-sent'));
        else if (submission.kind === 'accepted' && options.wait) accepted.push({ part, submission });
        else settle(part, sentPart(part, submission));
      }
      await followLinks(
        accepted.map(({ submission }) => submission.link),
        {
          ...call,
          endpoint,
          allowHosts: options.allowHosts,
          schedule: pollScheduleOn(endpoint, callsPerMinute),
          deadlineMs,
          wait: true,
        },
        (index, reading) => {
          const { part, rows } = accepted[index]!.part;
          const status = reading?.status ?? 'unknown';
          onProgress?.({ kind: 'status', part, status, consumed: reading?.consumedCount, rows });
        },
        (index, outcome) => {
          const { part, submission } = accepted[index]!;
          settle(part, sentPart(part, submission, outcome));
        },
      );
      const parts = plan.parts.map((part) => reports.get(part.part)!);
      return makeReport(plan, parts, signal?.aborted === true && parts.some(isUnfinished));
    },

    follow: (link, run = {}) =>
      followLink(link, {
        endpoint: options.endpoint,
        allowHosts: options.allowHosts,
        wait: options.wait,
        deadlineMs,
        callsPerMinute,
        transport,
        clock,
        random,
        ...(options.token === undefined ? {} : { token: options.token }),
        ...run,
      }),
  };
}

/** In order, one at a time, until one is not accepted: what stopped it would most likely stop the rest. */
async function submitAll(
  { plan }: Survey,
  { fromPart }: CompleteOptions,
  submit: (part: number) => Promise<Submission>,
  { onProgress }: RunOptions,
): Promise<ReadonlyMap<number, Submission>> {
  const submissions = new Map<number, Submission>();
  for (const { part } of plan.parts) {
    if (part < fromPart) continue;
    const submission = await submit(part);
    submissions.set(part, submission);
    if (submission.kind !== 'accepted') break;
    onProgress?.({ kind: 'submitted', part, link: submission.link });
  }
  return submissions;
}

function submissionUrl(endpoint: URL, { client, api }: CompleteOptions): string {
  const version = api === 'v1' ? '' : '/v2';
  return `${endpoint.origin}/m2/${client}${version}/profile/batchUpdate`;
}

function isUnfinished(part: PartReport): boolean {
  return part.state === 'not-sent' || part.state === 'interrupted';
}

function assertFromPart({ fromPart }: CompleteOptions, { plan }: Survey): void {
  if (fromPart <= plan.parts.length) return;
  throw new OptionsError([`Option fromPart: there is no part ${fromPart}; the input makes ${plan.parts.length}.`]);
}

function productionHost(endpoint: URL): ProductionHostError {
  return new ProductionHostError(
    `${endpoint.hostname} is Adobe's own: an upload there changes real profiles, and no API can delete them again. ` +
      'Say that production is meant, or use the address of an emulator.',
  );
}
