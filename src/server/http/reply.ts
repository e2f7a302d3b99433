/** What is answered, as data, and the `Response` that is made of it. */
import { type EmulatorContext, exchangeOf } from './emulator-env.ts';

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

/**
 * A `Response` whose text travels beside it, with its head: a body of its own would be a stream, which takes longer to make
 * than all else that is done with a reply (13 µs), and headers are slow to list. Whoever changes a reply makes a new one.
 */
class HeldResponse extends Response {
  readonly held: Reply;

  constructor(held: Reply) {
    super(null, held);
    this.held = held;
  }
}

/** The one place where a reply becomes a `Response`: on our own listener without a body, which `listen/` sends itself. */
export function respond(c: EmulatorContext, reply: Reply): Response {
  return exchangeOf(c) === undefined
    ? new Response(reply.text === '' ? null : reply.text, reply)
    : new HeldResponse(reply);
}

/** What `respond` has held back; undefined where the body is in the response. */
export const heldReply = (response: Response): Reply | undefined =>
  response instanceof HeldResponse ? response.held : undefined;

/** As data again, for who changes it. */
export const replyOf = async (response: Response): Promise<Reply> =>
  heldReply(response) ?? new Reply(response.status, Object.fromEntries(response.headers), await response.text());
