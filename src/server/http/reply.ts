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
 * The reply that travels beside its `Response`: a body of its own would be a stream, which takes longer to make than all
 * else that is done with a reply (13 µs), and headers are slow to list. Whoever changes a reply makes a new one. No class of
 * its own: naming `Response` while this is loaded would load Node's fetch before anything listens.
 */
const HELD = new WeakMap<Response, Reply>();

/** The one place where a reply becomes a `Response`: on our own listener without a body, which `listen/` sends itself. */
export function respond(c: EmulatorContext, reply: Reply): Response {
  if (exchangeOf(c) === undefined) return new Response(reply.text === '' ? null : reply.text, reply);
  const response = new Response(null, reply);
  HELD.set(response, reply);
  return response;
}

/** What `respond` has held back; undefined where the body is in the response. */
export const heldReply = (response: Response): Reply | undefined => HELD.get(response);

/** As data again, for who changes it. */
export const replyOf = async (response: Response): Promise<Reply> =>
  heldReply(response) ?? new Reply(response.status, Object.fromEntries(response.headers), await response.text());
