/** Follows status links, one alone or several side by side, until each has ended, its deadline has passed, or the signal came. */
import { type CallContext, makeCall } from '../send/make-call.ts';
import { windowClosedMs } from '../send/retry-decision.ts';
import { UploadError, isUploadError } from '../upload-error.ts';
import { readStatusReply } from '../../protocol/wire/index.ts';
import type { StatusReply } from '../../protocol/wire/read-status-reply.ts';
import { type LinkTrust, judgeLink, withDetails } from './link-guard.ts';
import { pollDelayMs } from './poll-schedule.ts';
import { assertCall } from '../call-options.ts';
import { readEndpoint } from '../endpoint.ts';
import type { RunOptions } from '../progress.ts';
import { type CallOptions, type Services, servicesAt, type UploaderDependencies } from '../services.ts';
import type { UploadOptions } from '../upload-options.ts';

/** One reading of a status. The counters are there once the service gives details. */
export interface StatusReading extends NonNullable<StatusReply['counters']> {
  readonly batchId: string;
  readonly status: 'complete' | 'incomplete' | 'stuck';
  /** Where the service names failed rows (res-row-2017, res-row-2020-after): the first 100,000 of their ids. */
  readonly failedIds: readonly string[];
}

export interface FollowOutcome {
  /** `asked-once` is the answer to `wait: false`; `timed-out` may carry the last reading and the last error. */
  readonly kind: 'complete' | 'stuck' | 'timed-out' | 'interrupted' | 'refused' | 'asked-once';
  readonly link: string;
  readonly reading: StatusReading | undefined;
  /** Status requests made. */
  readonly polls: number;
  readonly error: UploadError | undefined;
}

export interface FollowTarget {
  readonly part: number;
  readonly link: string;
  /** Where they are known. */
  readonly rows?: number;
  readonly onOutcome?: (outcome: FollowOutcome) => void;
}

/** With `wait` false each link is asked once, at once. */
export interface FollowContext extends CallContext, LinkTrust, Pick<Services, 'random' | 'schedule' | 'deadlineMs'> {
  readonly wait: boolean;
}

/** Outcomes in the order of the targets. */
export async function followLinks(targets: readonly FollowTarget[], context: FollowContext): Promise<FollowOutcome[]> {
  const { clock, random, signal, onProgress, schedule, wait } = context;
  const startMs = clock.now();
  const deadlineMs = startMs + context.deadlineMs;
  const delayMs = (polls: number) => pollDelayMs(polls, schedule, random.next());

  const settle = (it: Followed, kind: FollowOutcome['kind'], error = it.error) => {
    it.outcome = { kind, link: it.link, reading: it.reading, polls: it.polls, error };
    it.onOutcome?.(it.outcome);
  };
  const followed = targets.map((target): Followed => {
    const judgement = judgeLink(target.link, context);
    const it: Followed = { ...UNASKED, ...target, dueMs: startMs };
    if (judgement.kind === 'refused') {
      settle(it, 'refused', new UploadError('link-refused', `The status link is not followed: ${judgement.reason}.`));
    } else {
      it.withToken = judgement.withToken;
      if (wait) it.dueMs += delayMs(0);
    }
    return it;
  });

  for (;;) {
    const open = followed.filter((it) => it.outcome === undefined);
    if (open.length === 0) return followed.map((it) => it.outcome!);
    const next = open.reduce((first, it) => (it.dueMs < first.dueMs ? it : first));
    // A clock that is closed refuses as well.
    const slept = clock.sleep(Math.max(0, next.dueMs - clock.now()), signal);
    const hasSlept = await slept.then(() => true).catch(() => false);
    const isInterrupted = !hasSlept || signal?.aborted === true;
    if (!isInterrupted && wait && clock.now() + context.pace.delay('ask').ms > deadlineMs) {
      settle(next, 'timed-out');
      continue;
    }
    const timeoutMs = wait ? Math.max(LAST_CALL_MS, deadlineMs - clock.now()) : undefined;
    const answer = isInterrupted ? 'interrupted' : await ask(next, context, timeoutMs);
    if (answer === 'interrupted') {
      for (const it of open) settle(it, answer);
      continue;
    }
    const { reading, part, rows = reading?.batchSize ?? 0 } = next;
    const { status = 'unknown', consumedCount: consumed } = reading ?? {};
    onProgress?.({ kind: 'status', part, status, consumed, rows });
    if (answer === 'read' && reading !== undefined && reading.status !== 'incomplete') settle(next, reading.status);
    else if (!wait) settle(next, 'asked-once');
    else if (answer === 'final' || clock.now() >= deadlineMs) settle(next, 'timed-out');
    else {
      const leastMs = answer === 'read' ? 0 : (schedule.afterErrorMs ?? 0);
      next.dueMs = Math.min(deadlineMs, clock.now() + Math.max(delayMs(next.polls), leastMs));
    }
  }
}

interface Followed extends FollowTarget {
  withToken: boolean;
  dueMs: number;
  polls: number;
  /** Answers in a row that asking again will hardly change. */
  refusals: number;
  reading: StatusReading | undefined;
  /** Of the last question; undefined once one was answered. */
  error: UploadError | undefined;
  outcome: FollowOutcome | undefined;
}

const UNASKED = { withToken: false, polls: 0, refusals: 0, reading: undefined, error: undefined, outcome: undefined };

/** `again` after whatever may pass; `final` when the service keeps refusing. A failed question never undoes the submission. */
async function ask(it: Followed, context: FollowContext, timeoutMs: number | undefined) {
  const call = { url: withDetails(it.link), withToken: it.withToken, attempt: it.polls + 1, timeoutMs };
  const outcome = await makeCall({ ...call, replyBytesMax: STATUS_REPLY_BYTES_MAX }, context);
  if (outcome.kind === 'interrupted') return 'interrupted';
  it.polls += 1;
  const reply = outcome.kind === 'answered' ? readStatusReply(outcome.text) : undefined;
  const asked = new URL(it.link).searchParams.get('batchId');
  const isOfAnother = reply !== undefined && asked !== null && reply.batchId !== asked;
  if (reply !== undefined && !isOfAnother) {
    const { batchId, status, counters, failedIds } = reply;
    it.reading = { batchId, status, ...counters, failedIds };
    it.error = undefined;
    it.refusals = 0;
    return 'read';
  }
  const message = `The answer to the status request is ${isOfAnother ? 'about another batch' : 'not one of this API'}.`;
  it.error =
    outcome.kind === 'failed' ? outcome.error : new UploadError('reply-unreadable', message, { attempts: it.polls });
  if (isUploadError(it.error, 'rate-limited'))
    context.pace.closeWindow(windowClosedMs(it.error, context.random.next()));
  if (it.error.retryable) return 'again';
  it.refusals += 1;
  return it.refusals >= REFUSALS_MAX ? 'final' : 'again';
}

/** A 404 may mean "not yet" (another edge has not heard of the batch); ten in a row, 20 minutes on a real host, mean it. */
const REFUSALS_MAX = 10;

/** What a question may take that is asked just before the deadline, or at it. */
const LAST_CALL_MS = 10_000;

/** The 2017 shape names every row of a part. */
const STATUS_REPLY_BYTES_MAX = 64 * 1024 * 1024;

export interface FollowOptions
  extends
    CallOptions,
    Pick<UploadOptions, 'allowHosts' | 'token'>,
    Omit<UploaderDependencies, 'temporaryDirectory'>,
    RunOptions {
  /** Whom to trust besides `allowHosts`. Default: the host of the link itself, because the caller typed it. */
  readonly endpoint?: string;
  /** Whose batch it must be, where the link names a client code. Default: anybody's. */
  readonly client?: string;
  /** Default true. With false the link is asked once, at once. */
  readonly wait?: boolean;
}

/**
 * Asks for one batch's status until it has ended, or `deadlineMs` milliseconds are over. Never rejects for what the service
 * or the link does: that is in the outcome. Defaults are those of `FollowOptions`.
 *
 * @throws `options-invalid` for options that do not exist or hold.
 *
 * @example
 * const outcome = await followLink('http://127.0.0.1:8181/m2/acme/profile/batchStatus?batchId=…', { deadlineMs: 60_000 });
 */
export async function followLink(link: string, options: FollowOptions = {}): Promise<FollowOutcome> {
  assertCall('follow', options);
  return followOne(link, options);
}

export async function followOne(link: string, options: FollowOptions): Promise<FollowOutcome> {
  assertCall('link', { link });
  const { allowHosts = [], client, token, wait = true, signal, onProgress } = options;
  const own = URL.canParse(link) ? new URL(link) : new URL('http://link.invalid');
  const endpoint = options.endpoint === undefined ? own : readEndpoint(options.endpoint);
  const services = servicesAt(endpoint, options, options);
  const context = { ...services, allowHosts, client, token, wait, signal, onProgress };
  const [outcome] = await followLinks([{ part: 1, link }], context);
  return outcome!;
}
