/** Submits one part, again where that helps, until the service has accepted or refused it. */
import type { Errand } from '../services.ts';
import { type UploadErrorCode, UploadError } from '../upload-error.ts';
import { readSubmitReply } from '../../protocol/wire/index.ts';
import { answerSentence, type CallOutcome, makeCall } from './make-call.ts';
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

/** Each attempt is written down before it is made, and again when its answer is known. */
export async function submitPart(part: number, errand: Errand): Promise<Submission> {
  const { job, endpoint, client, api, outageMaxMs, onProgress, clock, random, pace, signal } = errand;
  const url = `${endpoint.origin}/m2/${client}${api === 'v1' ? '' : '/v2'}/profile/batchUpdate`;
  const body = job.body(part);
  let failures = 0;
  let failingSince = 0;
  for (let attempt = 1; ; attempt += 1) {
    let { attempts } = job.part(part);
    let left: number | undefined;
    const onBytes = (bytes: number) =>
      onProgress?.({ kind: 'sending', part, attempt: attempts, bytes, bytesMax: body.bytes, left });
    const onTurn = () => {
      attempts += 1;
      job.record(part, { state: 'sending', attempts });
      left = pace.left();
      onBytes(0);
    };
    const call = { url, body, replyBytesMax: SUBMIT_REPLY_BYTES_MAX, attempt, onBytes, onTurn };
    const { link, error, isAmbiguous } = judge(await makeCall(call, errand), attempt);
    const told = { attempts, ambiguousAttempts: job.part(part).ambiguousAttempts + (isAmbiguous ? 1 : 0) };
    if (link !== undefined) {
      job.record(part, { state: 'accepted', link, ...told });
      return { kind: 'accepted', link, ...told };
    }
    job.record(part, { state: 'unsent', ...told });
    if (error === undefined) return { kind: 'interrupted', ...told };

    failures += 1;
    if (failures === 1) failingSince = clock.now();
    const decision = retryDecision({
      error,
      failures,
      failingForMs: clock.now() - failingSince,
      outageMaxMs,
      isKnownEndpoint: job.parts().some((each) => each.link !== undefined),
      chance: random.next(),
    });
    if (decision.kind === 'give-up') return { kind: 'failed', error, ...told };
    const { afterMs } = decision;
    onProgress?.({ kind: 'retrying', part, attempt: attempts + 1, afterMs, error });
    // The pace holds every call back, this one's next attempt included.
    let hasSlept = true;
    if (decision.kind === 'close-window') pace.closeWindow(afterMs);
    else await clock.sleep(afterMs, signal).catch(() => (hasSlept = false));
    if (!hasSlept || signal?.aborted === true) return { kind: 'interrupted', ...told };
  }
}

const SUBMIT_REPLY_BYTES_MAX = 1024 * 1024;

/** The `link` of a part that was accepted, or what is wrong; neither where it was interrupted. Perhaps it was taken unsaid. */
function judge(outcome: CallOutcome, attempts: number) {
  const { kind, sentWhole } = outcome;
  if (kind === 'interrupted') return { isAmbiguous: sentWhole };
  if (kind === 'failed')
    return { error: outcome.error, isAmbiguous: sentWhole && SAYS_NOTHING.has(outcome.error.code) };
  const reply = readSubmitReply(outcome.text);
  if (reply === undefined) {
    const retryable = isCutReply(outcome.text);
    const what = retryable ? 'The answer broke off;' : 'The answer is not one of this API. Check the endpoint;';
    const message = `${what} nobody knows whether the part was taken.`;
    return { error: new UploadError('reply-unreadable', message, { attempts, retryable }), isAmbiguous: true };
  }
  if (reply.success) return { link: reply.statusLink, isAmbiguous: false };
  const reason = reply.message.trim() || 'it gave no reason';
  const message = answerSentence('The service refused the part', reason, outcome.cause);
  return { error: new UploadError('refused', message, { attempts, status: 200 }), isAmbiguous: false };
}

/** Nothing, or the beginning of an answer of this API and no end. */
function isCutReply(text: string): boolean {
  const plain = text.trim();
  return plain === '' || (/^(?:<\?xml[^<>]*\?>\s*)?<response\b/.test(plain) && !plain.endsWith('</response>'));
}

/** A 503 and a 4xx say that nothing was taken; a lost answer, another 5xx or a foreign page says nothing. */
const SAYS_NOTHING: ReadonlySet<UploadErrorCode> = new Set(['network', 'server-error', 'reply-unreadable']);
