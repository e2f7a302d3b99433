/** Submits one part, again where that helps, until the service has accepted or refused it. */
import type { Job } from '../jobs/job.ts';
import { type UploadErrorCode, UploadError } from '../upload-error.ts';
import { readSubmitReply } from '../../protocol/wire/index.ts';
import { answerSentence, type CallContext, type CallOutcome, makeCall } from './make-call.ts';
import { retryDecision } from './retry-decision.ts';

export type Submission = {
  readonly attempts: number;
  /** Sent wholly, answer lost. */
  readonly ambiguousAttempts: number;
} & (
  | { readonly kind: 'accepted'; readonly link: string }
  | { readonly kind: 'failed'; readonly error: UploadError }
  | { readonly kind: 'interrupted' }
);

export interface SubmitContext extends CallContext {
  readonly random: { next(): number };
  readonly url: string;
  readonly outageMaxMs: number;
}

/** Each attempt is written down before it is made, and again when its answer is known. */
export async function submitPart(job: Job, part: number, context: SubmitContext): Promise<Submission> {
  const { onProgress, clock } = context;
  const body = job.body(part);
  let failures = 0;
  let failingSince = 0;
  for (let tries = 1; ; tries += 1) {
    let { attempts } = job.part(part);
    let left: number | undefined;
    const sending = (bytes: number) =>
      onProgress?.({ kind: 'sending', part, attempt: attempts, bytes, bytesMax: body.bytes, left });
    const outcome = await makeCall(
      {
        url: context.url,
        body,
        replyBytesMax: SUBMIT_REPLY_BYTES_MAX,
        attempt: tries,
        onBytes: sending,
        onTurn() {
          attempts += 1;
          job.record(part, { state: 'sending', attempts });
          left = context.pace.left();
          sending(0);
        },
      },
      context,
    );
    const judged = judge(outcome, tries);
    const before = job.part(part).ambiguousAttempts;
    const ambiguousAttempts = judged.kind !== 'accepted' && judged.ambiguous ? before + 1 : before;
    const told = { attempts, ambiguousAttempts };
    if (judged.kind === 'accepted') {
      job.record(part, { state: 'accepted', link: judged.link, ...told });
      return { kind: 'accepted', link: judged.link, ...told };
    }
    job.record(part, { state: 'unsent', ...told });
    if (judged.kind === 'interrupted') return { kind: 'interrupted', ...told };

    const { error } = judged;
    failures += 1;
    if (failures === 1) failingSince = clock.now();
    const decision = retryDecision({
      error,
      failures,
      failingForMs: clock.now() - failingSince,
      outageMaxMs: context.outageMaxMs,
      isKnownEndpoint: job.parts().some(({ link }) => link !== undefined),
      chance: context.random.next(),
    });
    if (decision.kind === 'give-up') return { kind: 'failed', error, ...told };
    onProgress?.({ kind: 'retrying', part, attempt: attempts + 1, afterMs: decision.afterMs, error });
    if (decision.kind === 'close-window') {
      // The pace holds every call back, this one's next attempt included.
      context.pace.closeWindow(decision.afterMs);
      continue;
    }
    try {
      await clock.sleep(decision.afterMs, context.signal);
    } catch {
      return { kind: 'interrupted', ...told };
    }
  }
}

const SUBMIT_REPLY_BYTES_MAX = 1024 * 1024;

type Judged =
  | { readonly kind: 'accepted'; readonly link: string }
  | { readonly kind: 'failed'; readonly error: UploadError; readonly ambiguous: boolean }
  | { readonly kind: 'interrupted'; readonly ambiguous: boolean };

function judge(outcome: CallOutcome, attempts: number): Judged {
  if (outcome.kind === 'interrupted') return { kind: 'interrupted', ambiguous: outcome.sentWhole };
  if (outcome.kind === 'failed') {
    const ambiguous = outcome.sentWhole && SAYS_NOTHING.has(outcome.error.code);
    return { kind: 'failed', error: outcome.error, ambiguous };
  }
  const reply = readSubmitReply(outcome.text);
  if (reply === undefined) {
    const isCut = isCutReply(outcome.text);
    const message = isCut
      ? 'The answer broke off; nobody knows whether the part was taken.'
      : 'The answer is not one of this API. Check the endpoint; nobody knows whether the part was taken.';
    const error = new UploadError('reply-unreadable', message, { attempts, retryable: isCut });
    return { kind: 'failed', error, ambiguous: true };
  }
  if (!reply.success) {
    const reason = reply.message.trim() || 'it gave no reason';
    const message = answerSentence('The service refused the part', reason, outcome.cause);
    return { kind: 'failed', error: new UploadError('refused', message, { attempts, status: 200 }), ambiguous: false };
  }
  return { kind: 'accepted', link: reply.statusLink };
}

/** Nothing, or the beginning of an answer of this API and no end. */
function isCutReply(text: string): boolean {
  const plain = text.trim();
  return plain === '' || (/^(?:<\?xml[^<>]*\?>\s*)?<response\b/.test(plain) && !plain.endsWith('</response>'));
}

/** A 503 and a 4xx say that nothing was taken; a lost answer, another 5xx or a foreign page says nothing. */
const SAYS_NOTHING: ReadonlySet<UploadErrorCode> = new Set(['network', 'server-error', 'reply-unreadable']);
