/** One call and its answer: paced, bounded, and never more than one of three things. */
import { ReadableStream } from 'node:stream/web';
import { reasonOf, UploadError, type UploadErrorCode, isUploadError } from '../upload-error.ts';
import type { RunOptions } from '../progress.ts';
import { epochMs } from '../runtime/clock.ts';
import type { Services } from '../services.ts';
import type { CompleteOptions } from '../upload-options.ts';
import { isLoopbackHost } from '../endpoint.ts';
import { VERSION } from '../../protocol/version.ts';
import { classOfCode, classOfStatus, NO_TLS, retryAfterMs } from './retry-decision.ts';
import { readSubmitReply } from '../../protocol/wire/index.ts';

export interface Call {
  readonly url: string;
  /** False where the token must not go. Default: true. */
  readonly withToken?: boolean;
  /** With a body it is a POST. */
  readonly body?: { readonly bytes: number; open(): AsyncIterable<Uint8Array> };
  readonly replyBytesMax: number;
  /** From 1: errors say how often the call was made. */
  readonly attempt: number;
  /** Where it may take less time than the transport allows any call. */
  readonly timeoutMs?: number | undefined;
  readonly onBytes?: (bytes: number) => void;
  /** Its turn has come: it is made now. Awaited, because what is sent is written down before. */
  readonly onTurn?: () => void | Promise<void>;
}

export type CallOutcome = { readonly sentWhole: boolean } & (
  | /** A 2xx. */ { readonly kind: 'answered'; readonly text: string; readonly cause: string | undefined }
  | { readonly kind: 'failed'; readonly error: UploadError }
  | { readonly kind: 'interrupted' }
);

export type CallContext = Pick<Services, 'transport' | 'pace' | 'clock'> & RunOptions & Pick<CompleteOptions, 'token'>;

export async function makeCall(call: Call, context: CallContext): Promise<CallOutcome> {
  const { transport, pace, signal, token } = context;
  const { attempt: attempts, body } = call;
  let sentBytes = 0;
  let bodyError: unknown;
  const sentWhole = () => body === undefined || sentBytes === body.bytes;

  async function* counted(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of chunks) {
        signal?.throwIfAborted();
        sentBytes += chunk.length;
        yield chunk;
        call.onBytes?.(sentBytes);
      }
    } catch (error) {
      // Kept, because what the transport makes of it is the transport's business.
      bodyError = error;
      throw error;
    }
  }

  const controller = new AbortController();
  const onAbort = () => controller.abort(signal?.reason);
  try {
    await pace.turn(body === undefined ? 'ask' : 'submit', signal, context.onProgress);
    await call.onTurn?.();
    signal?.addEventListener('abort', onAbort, { once: true });
    const {
      status,
      headers,
      body: chunks,
    } = await transport(call.url, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        // Whoever looks at the service's log knows who called.
        'user-agent': `target-profile-emulator/${VERSION}`,
        ...(body && { 'content-type': 'application/x-www-form-urlencoded', 'content-length': String(body.bytes) }),
        ...(call.withToken !== false && token !== undefined && { authorization: `Bearer ${token}` }),
      },
      ...(body && { body: ReadableStream.from(counted(body.open())), duplex: 'half' }),
      redirect: 'manual',
      signal: controller.signal,
      timeoutMs: call.timeoutMs,
    });
    const text = await readText(chunks, call, status >= 300);
    const cause = headers.get(CAUSE_HEADER) ?? undefined;
    if (status >= 200 && status < 300) return { kind: 'answered', text, cause, sentWhole: sentWhole() };
    const retryAfter = retryAfterMs(headers.get('retry-after'), epochMs(context.clock));
    const error = statusError(text, cause, { status, attempts, retryAfterMs: retryAfter }, token);
    return { kind: 'failed', error, sentWhole: sentWhole() };
  } catch (error) {
    if (signal?.aborted === true) return { kind: 'interrupted', sentWhole: sentWhole() };
    // Faults of our own side that no retry mends, or that must not look like the network's.
    if (isUploadError(bodyError) && LOCAL.has(bodyError.code))
      return { kind: 'failed', error: bodyError, sentWhole: false };
    return { kind: 'failed', error: callError(error, attempts, new URL(call.url)), sentWhole: sentWhole() };
  } finally {
    signal?.removeEventListener('abort', onAbort);
    // Whatever is still open belongs to nobody now; a finished call does not notice.
    controller.abort();
  }
}

const LOCAL: ReadonlySet<UploadErrorCode> = new Set(['input-changed', 'input-unreadable', 'spool-unusable']);

/** Set by the emulator only: which rule, fault or bug is behind an answer. */
const CAUSE_HEADER = 'x-emulator-cause';

/** A refusal stands by its status even where its body does not arrive whole. */
async function readText(
  body: AsyncIterable<Uint8Array> | null,
  { replyBytesMax, attempt: attempts }: Call,
  isRefusal: boolean,
): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body ?? []) {
      bytes += chunk.length;
      if (bytes > replyBytesMax) {
        const message = `The answer is longer than ${replyBytesMax} bytes: it is not one of this API. Check the endpoint.`;
        throw new UploadError('reply-unreadable', message, { attempts });
      }
      chunks.push(chunk);
    }
  } catch (error) {
    if (!isRefusal) throw error;
  }
  return Buffer.concat(chunks).toString('utf8');
}

function statusError(
  text: string,
  cause: string | undefined,
  details: { readonly status: number; readonly attempts: number; readonly retryAfterMs: number | undefined },
  token: string | undefined,
): UploadError {
  const { status } = details;
  const sentence = answerSentence(`The service answered ${status}`, readSubmitReply(text)?.message ?? '', cause);
  const failure = classOfStatus(status);
  if (failure === 'retry') return new UploadError('server-error', sentence, details);
  if (failure !== 'pause') return new UploadError('refused', sentence + remedy(status, token), details);
  return new UploadError('rate-limited', sentence + (status === 503 ? ' It allows 50 calls a minute.' : ''), details);
}

function remedy(status: number, token: string | undefined): string {
  if (status >= 300 && status < 400) return ' A redirect is not followed.';
  if (status === 407) return ' The proxy wants to know who asks: http://user:password@host:port.';
  if (status !== 401 && status !== 403) return '';
  if (token === undefined) return ' No token was sent: put one into TPE_TOKEN (in a library: the option token).';
  return ' The token was sent and not accepted: it may be of another account, without this right, or no longer valid.';
}

/** What happened, in the service's own words where it has some, and, from an emulator, the rule or fault behind it. */
export function answerSentence(what: string, message: string, cause: string | undefined): string {
  const words = withoutFullStop(forTerminal(message));
  const because = cause === undefined ? '' : ` (${forTerminal(cause)})`;
  return `${what}${words === '' ? '' : `: ${words}`}${because}.`;
}

const withoutFullStop = (text: string) => text.replace(/\.$/, '');

/** What a foreign machine says, made harmless for a terminal and short. */
function forTerminal(text: string): string {
  const plain = text.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
  return plain.length > MESSAGE_CHARACTERS_MAX ? `${plain.slice(0, MESSAGE_CHARACTERS_MAX)}…` : plain;
}

const MESSAGE_CHARACTERS_MAX = 500;

/** What the transport threw: of our own family where it knows more than that there was no answer. */
function callError(error: unknown, attempts: number, { protocol, hostname, host, port }: URL): UploadError {
  if (isUploadError(error) && error.code !== 'network') return error;
  const systemCode = codeOf(error);
  const facts = { cause: error, attempts, systemCode };
  if (isUploadError(error)) return new UploadError('network', error.message, facts);
  const reason = withoutFullStop(forTerminal(reasonOf(error)));
  if (classOfCode(systemCode) === 'untrusted') {
    const message = `The certificate is not trusted: ${reason}. Name its authority by --ca FILE or NODE_EXTRA_CA_CERTS.`;
    return new UploadError('untrusted', message, { cause: error, attempts });
  }
  // Another time is no help against a scheme that is not spoken there.
  if (protocol === 'https:' && NO_TLS.test(systemCode ?? ''))
    return new UploadError('network', `No answer: no TLS is spoken there: try http://${host}.`, {
      ...facts,
      retryable: false,
    });
  // Where a proxy is used it is the one that was looked for.
  const sought = innermost(error);
  const isProxy = sought.port !== undefined && sought.port !== Number(port || (protocol === 'https:' ? 443 : 80));
  const isHere = systemCode === 'ECONNREFUSED' && isLoopbackHost(hostname) && !isProxy;
  const known = isHere ? `nothing listens at ${host} (${systemCode}). Is tpe serve running?` : `${reason}.`;
  const why = systemCode === 'ENOTFOUND' ? `no host is called ${sought.hostname ?? hostname} (${systemCode}).` : known;
  return new UploadError('network', `No answer: ${why}`, facts);
}

/** An error of the system says of whom it speaks. */
function innermost(error: unknown): { readonly hostname?: string; readonly port?: number } {
  return error instanceof Error && error.cause !== undefined ? innermost(error.cause) : Object(error);
}

/** The innermost speaks, as in `reasonOf`. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const inner = codeOf(error.cause);
  return inner ?? ('code' in error && !isUploadError(error) ? String(error.code) : undefined);
}
