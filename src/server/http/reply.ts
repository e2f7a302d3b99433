/** What is answered, as data, and the `Response` that is made of it. */
import { STATUS_CODES } from 'node:http';
import { ourContentType } from '../../protocol/rules/index.ts';
import type { RuleId } from '../../protocol/vocabulary/index.ts';
import { untilItFails } from '../runtime/once.ts';
import { type EmulatorContext, type Exchange, exchangeOf } from './emulator-env.ts';

/** Names in lower case. */
export type Headers = Readonly<Record<string, string>>;

export class Reply {
  readonly status: number;
  /** With the length of the body. */
  readonly headers: Headers;
  /** Empty where there is no body. */
  readonly text: string;

  constructor(status: number, headers: Headers = {}, text = '') {
    this.status = status;
    this.headers = text === '' ? headers : { ...headers, 'content-length': String(Buffer.byteLength(text)) };
    this.text = text;
  }
}

/** Stands for every reply that our own listener sends from its exchange; see `respond`. */
let held: Response | undefined;

/**
 * The one place where a reply becomes a `Response`. On our own listener it stays with its exchange, and one `Response` stands
 * for all: to make one each time, to list its headers and to read its body as a stream takes longer than all else that is
 * done with a reply. Made when first needed: naming `Response` loads Node's fetch, which a start has no time for.
 */
export function respond(c: EmulatorContext, reply: Reply): Response {
  const exchange = exchangeOf(c);
  if (exchange === undefined)
    return new Response(reply.text === '' ? null : reply.text, {
      ...reply,
      // Of a refusal one client reads the phrase alone (err-auth-403).
      statusText: STATUS_CODES[reply.status] ?? '',
    });
  return leftWith(exchange, reply);
}

/** On our own listener. */
export function leftWith(exchange: Exchange, reply: Reply): Response {
  exchange.reply = reply;
  return (held ??= new Response(null));
}

/** What stands behind a response on our own listener; undefined where the response says all by itself. */
export const heldReply = (exchange: Exchange | undefined, response: Response): Reply | undefined =>
  response === held ? exchange?.reply : undefined;

/** What every reply tells a browser: take it as what it says it is, show it in no frame, hand it to no other origin. */
export const PROTECTIVE_HEADERS = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cross-origin-resource-policy': 'same-origin',
} as const;

const HEADERS_UNDER = {
  '/rest': { 'content-type': ourContentType.decide('/rest'), ...PROTECTIVE_HEADERS },
  '/m2': { 'content-type': ourContentType.decide('/m2'), ...PROTECTIVE_HEADERS },
};

const replyUnder =
  (root: keyof typeof HEADERS_UNDER) =>
  (text: string, status = 200, more?: Headers): Reply =>
    new Reply(status, more === undefined ? HEADERS_UNDER[root] : { ...HEADERS_UNDER[root], ...more }, text);

/** Under `/rest`, or of an mbox call. */
export const jsonReply = replyUnder('/rest');
export const xmlReply = replyUnder('/m2');

/** A long reply under `/m2`, sent in parts as they are made: its length is not known beforehand. */
export const xmlStream = (chunks: AsyncIterable<Uint8Array>, more?: Headers): Response =>
  new Response(ReadableStream.from<Uint8Array>(chunks), { headers: { ...HEADERS_UNDER['/m2'], ...more } });

/** The adapter's word for a reply that went to the socket without it; loaded when a reply first does, or before. */
export const alreadySent = untilItFails(
  async (): Promise<Response> => (await import('@hono/node-server/utils/response')).RESPONSE_ALREADY_SENT,
);

/** The header that tells three things apart: the API would say this, you asked for this fault, the emulator is broken. */
const CAUSE_HEADER = 'x-emulator-cause';

export const ruleCause = (rule: RuleId): Record<string, string> => ({ [CAUSE_HEADER]: `rule/${rule}` });
export const faultCause = (name: string): string => `fault/${name}`;
export const bugCause = (id: string): Record<string, string> => ({ [CAUSE_HEADER]: `bug/${id}` });
