/** Follows status links side by side until each has ended, its deadline has passed, or the signal came. */
import { type CallContext, makeCall } from '../send/make-call.ts';
import { windowClosedMs } from '../send/retry-decision.ts';
import { UploadError, isUploadError } from '../upload-error.ts';
import { readStatusReply } from '../../protocol/wire/index.ts';
import type { FollowOutcome, StatusReading } from './follow-outcome.ts';
import { type LinkTrust, judgeLink, withDetails } from './link-guard.ts';
import { pollDelayMs, type PollSchedule } from './poll-schedule.ts';

export interface FollowContext extends CallContext, LinkTrust {
  readonly random: { next(): number };
  readonly schedule: PollSchedule;
  readonly deadlineMs: number;
  /** With false each link is asked once, at once. */
  readonly wait: boolean;
}

/** Outcomes in the order of the links. The n-th link's `onReading` and `onOutcome` get n, from 0. */
export async function followLinks(
  links: readonly string[],
  context: FollowContext,
  onReading?: (index: number, reading: StatusReading | undefined) => void,
  onOutcome?: (index: number, outcome: FollowOutcome) => void,
): Promise<FollowOutcome[]> {
  const { clock, random, signal } = context;
  const startMs = clock.now();
  const followed = links.map((link, index): Followed => {
    const judgement = judgeLink(link, context);
    const it: Followed = {
      index,
      link,
      withToken: false,
      dueMs: startMs,
      polls: 0,
      refusals: 0,
      reading: undefined,
      error: undefined,
      outcome: undefined,
    };
    if (judgement.kind === 'refused') {
      settle(it, 'refused', new UploadError('link-refused', `The status link is not followed: ${judgement.reason}.`));
    } else {
      it.withToken = judgement.withToken;
      if (context.wait) it.dueMs += pollDelayMs(0, context.schedule, random.next());
    }
    return it;
  });

  function settle(it: Followed, kind: FollowOutcome['kind'], error: UploadError | undefined = it.error): void {
    it.outcome = { kind, link: it.link, reading: it.reading, polls: it.polls, error };
    onOutcome?.(it.index, it.outcome);
  }

  function delayMs({ polls }: Followed, answer: 'read' | 'again'): number {
    const { schedule } = context;
    return Math.max(pollDelayMs(polls, schedule, random.next()), answer === 'read' ? 0 : schedule.afterErrorMs);
  }

  const deadlineMs = startMs + context.deadlineMs;
  for (;;) {
    const open = followed.filter((it) => it.outcome === undefined);
    if (open.length === 0) break;
    const next = open.reduce((first, it) => (it.dueMs < first.dueMs ? it : first));
    const interrupted = await clock.sleep(Math.max(0, next.dueMs - clock.now()), signal).then(
      () => signal?.aborted === true,
      () => true,
    );
    if (!interrupted && context.wait && clock.now() + context.pace.delay('ask').ms > deadlineMs) {
      settle(next, 'timed-out');
      continue;
    }
    const timeoutMs = context.wait ? Math.max(LAST_CALL_MS, deadlineMs - clock.now()) : undefined;
    const answer = interrupted ? ('interrupted' as const) : await ask(next, context, timeoutMs);
    if (answer === 'interrupted') {
      for (const it of open) settle(it, 'interrupted');
      break;
    }
    const { reading, error } = next;
    onReading?.(next.index, reading);
    if (answer === 'read' && reading?.status === 'complete') settle(next, 'complete');
    else if (answer === 'read' && reading?.status === 'stuck') settle(next, 'stuck');
    else if (!context.wait) settle(next, 'asked-once');
    else if (answer === 'final') settle(next, 'timed-out', error);
    else if (clock.now() >= deadlineMs) settle(next, 'timed-out');
    else next.dueMs = Math.min(deadlineMs, clock.now() + delayMs(next, answer));
  }
  return followed.map((it) => it.outcome!);
}

interface Followed {
  readonly index: number;
  readonly link: string;
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

/** `again` after whatever may pass; `final` when the service keeps refusing. A failed question never undoes the submission. */
async function ask(
  it: Followed,
  context: FollowContext,
  timeoutMs: number | undefined,
): Promise<'read' | 'again' | 'final' | 'interrupted'> {
  const outcome = await makeCall(
    {
      url: withDetails(it.link),
      withToken: it.withToken,
      replyBytesMax: STATUS_REPLY_BYTES_MAX,
      attempt: it.polls + 1,
      timeoutMs,
    },
    context,
  );
  if (outcome.kind === 'interrupted') return 'interrupted';
  it.polls += 1;
  const reply = outcome.kind === 'answered' ? readStatusReply(outcome.text) : undefined;
  const asked = new URL(it.link).searchParams.get('batchId');
  const isOfAnother = reply !== undefined && asked !== null && reply.batchId !== asked;
  if (reply !== undefined && !isOfAnother) {
    it.reading = {
      batchId: reply.batchId,
      status: reply.status,
      batchSize: reply.counters?.batchSize,
      consumedCount: reply.counters?.consumedCount,
      successfulUpdates: reply.counters?.successfulUpdates,
      profilesNotFound: reply.counters?.profilesNotFound,
      failedUpdates: reply.counters?.failedUpdates,
      failedIds: reply.failedIds,
    };
    it.error = undefined;
    it.refusals = 0;
    return 'read';
  }
  it.error =
    outcome.kind === 'failed'
      ? outcome.error
      : new UploadError(
          'reply-unreadable',
          isOfAnother
            ? 'The answer to the status request is about another batch.'
            : 'The answer to the status request is not one of this API.',
          { attempts: it.polls },
        );
  if (isUploadError(it.error, 'rate-limited')) {
    context.pace.closeWindow(windowClosedMs(it.error, context.random.next()));
  }
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
