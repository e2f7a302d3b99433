/** One call and its answer: paced, bounded, and never more than one of three things. */
import { bodyStream, type Transport, type TransportInit } from './transport.ts';
import { reasonOf } from '../reason-of.ts';
import type { Pace } from './pace.ts';
import {
  InputChangedError,
  InputUnreadableError,
  NetworkError,
  RateLimitedError,
  RefusedError,
  ServerError,
  SpoolError,
  type UploadError,
} from '../upload-error.ts';
import { readSubmitReply } from '../../protocol/wire/index.ts';

export interface Call {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** With a body it is a POST. */
  readonly body?: { readonly bytes: number; open(): AsyncIterable<Uint8Array> };
  readonly replyBytesMax: number;
  readonly onBytes?: (bytes: number) => void;
}

export type CallOutcome =
  /** A 2xx. */
  | {
      readonly kind: 'answered';
      readonly text: string;
      readonly cause: string | undefined;
      readonly sentWhole: boolean;
    }
  | { readonly kind: 'failed'; readonly error: UploadError; readonly sentWhole: boolean }
  | { readonly kind: 'interrupted'; readonly sentWhole: boolean };

export interface CallContext {
  readonly transport: Transport;
  readonly pace: Pace;
  readonly signal: AbortSignal | undefined;
}

export async function makeCall(call: Call, { transport, pace, signal }: CallContext): Promise<CallOutcome> {
  let sentBytes = 0;
  let bodyError: unknown;
  const sentWhole = () => call.body === undefined || sentBytes === call.body.bytes;

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
    await pace.turn(signal);
    signal?.addEventListener('abort', onAbort, { once: true });
    const init: TransportInit =
      call.body === undefined
        ? { method: 'GET', headers: { ...call.headers }, redirect: 'manual', signal: controller.signal }
        : {
            method: 'POST',
            headers: { ...call.headers, 'content-length': String(call.body.bytes) },
            body: bodyStream(counted(call.body.open())),
            duplex: 'half',
            redirect: 'manual',
            signal: controller.signal,
          };
    const reply = await transport(call.url, init);
    const text = await readText(reply.body, call.replyBytesMax, reply.status >= 300);
    const cause = reply.headers.get(CAUSE_HEADER) ?? undefined;
    if (reply.status >= 200 && reply.status < 300) return { kind: 'answered', text, cause, sentWhole: sentWhole() };
    return { kind: 'failed', error: statusError(reply.status, text, cause), sentWhole: sentWhole() };
  } catch (error) {
    if (signal?.aborted === true) return { kind: 'interrupted', sentWhole: sentWhole() };
    if (isLocal(bodyError)) return { kind: 'failed', error: bodyError, sentWhole: false };
    return { kind: 'failed', error: networkError(error), sentWhole: sentWhole() };
  } finally {
    signal?.removeEventListener('abort', onAbort);
    // Whatever is still open belongs to nobody now; a finished call does not notice.
    controller.abort();
  }
}

/** Set by the emulator only: which rule, fault or bug is behind an answer. */
const CAUSE_HEADER = 'x-emulator-cause';

/** A refusal stands by its status even where its body does not arrive whole. */
async function readText(body: AsyncIterable<Uint8Array> | null, bytesMax: number, isRefusal: boolean): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body ?? []) {
      bytes += chunk.length;
      if (bytes > bytesMax) throw new NetworkError(`The answer is longer than ${bytesMax} bytes.`);
      chunks.push(chunk);
    }
  } catch (error) {
    if (!isRefusal) throw error;
  }
  return Buffer.concat(chunks).toString('utf8');
}

function statusError(status: number, text: string, cause: string | undefined): UploadError {
  const said = spoken(readSubmitReply(text)?.message ?? '', cause);
  const sentence = `The service answered ${status}${said === '' ? '' : `: ${said}`}`;
  if (status === 503) return new RateLimitedError(`${sentence}. It allows 50 calls a minute.`);
  if (status >= 500) return new ServerError(`${sentence}.`, status);
  if (status >= 300 && status < 400) return new RefusedError(`${sentence}. A redirect is not followed.`, status);
  return new RefusedError(`${sentence}.`, status);
}

/** The service's own words without their full stop, and, from an emulator, the rule or fault behind them. */
export function spoken(message: string, cause: string | undefined): string {
  const words = forTerminal(message).replace(/\.$/, '');
  if (cause === undefined) return words;
  return `${words} (${forTerminal(cause)})`.trim();
}

/** What a foreign machine says, made harmless for a terminal and short. */
function forTerminal(text: string): string {
  const plain = text.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
  return plain.length > MESSAGE_CHARACTERS_MAX ? `${plain.slice(0, MESSAGE_CHARACTERS_MAX)}…` : plain;
}

const MESSAGE_CHARACTERS_MAX = 500;

/** Faults of our own side that no retry mends, or that must not look like the network's. */
function isLocal(error: unknown): error is UploadError {
  return error instanceof InputChangedError || error instanceof InputUnreadableError || error instanceof SpoolError;
}

function networkError(error: unknown): UploadError {
  if (error instanceof NetworkError) return error;
  return new NetworkError(`No answer: ${forTerminal(reasonOf(error))}.`, { cause: error });
}
