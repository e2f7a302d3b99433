/** What is answered, as data, and the `Response` that is made of it. */
import { STATUS_CODES } from 'node:http';
import { type EmulatorContext, type Exchange, exchangeOf } from './emulator-env.ts';

export class Reply {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Empty where there is no body. */
  readonly text: string;

  constructor(status: number, headers: Reply['headers'] = {}, text = '') {
    this.status = status;
    this.headers = headers;
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
  exchange.reply = reply;
  return (held ??= new Response(null));
}

/** What stands behind a response on our own listener; undefined where the response says all by itself. */
export const heldReply = (exchange: Exchange | undefined, response: Response): Reply | undefined =>
  response === held ? exchange?.reply : undefined;

/** As data again, for who changes it. */
export async function replyOf(c: EmulatorContext): Promise<Reply> {
  const { res } = c;
  return heldReply(exchangeOf(c), res) ?? new Reply(res.status, Object.fromEntries(res.headers), await res.text());
}
