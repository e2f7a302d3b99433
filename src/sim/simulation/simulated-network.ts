/**
 * A network that loses, delays and cuts requests and replies, and that a client may leave at any moment. It never
 * doubles a request: TCP does not either, and a client could not know.
 */
import { buffer } from 'node:stream/consumers';
import type { Transport } from '../../client/index.ts';
import type { Api } from '../../protocol/vocabulary/index.ts';
import { readSubmitReply } from '../../protocol/wire/index.ts';
import { randomFor } from '../../server/runtime/random.ts';
import { type CallEvidence, newCall, type World } from './world.ts';

/** What becomes of a call on its way. */
const TROUBLES = ['no-connection', 'request-lost', 'request-cut', 'reply-lost', 'reply-cut'] as const;

/** Both say that the account has called too often. */
const CLOSES_THE_WINDOW: ReadonlySet<number> = new Set([429, 503]);

/** How long a client waits for an answer that does not come: its own time limit. */
const CALL_TIMEOUT_MS = 300_000;

/** Of one run of an upload, by its name; each call is put among `calls` as it begins, and filled in as it goes on. */
export function simulatedNetwork(world: World, api: Api, name: string, calls: CallEvidence[]): Transport {
  const { seed, server, time } = world;
  let made = 0;
  return async (url, { method, headers, body: given, signal }) => {
    const random = randomFor(seed, 'simulation', `${name}/call-${made}`);
    made += 1;
    const isTroubled = random.next() < world.networkTrouble;
    const fate = isTroubled ? TROUBLES[random.integer(0, TROUBLES.length - 1)]! : 'passes';
    const [thereMs, backMs, share] = [random.integer(1, 300), random.integer(1, 300), random.next()];
    const call = newCall(method, time.now());
    calls.push(call);
    const end = (how: string) => {
      world.tally.calls += 1;
      world.log(`${name} ${call.kind}${how}`);
    };
    const fail = async (waitMs: number, why: string): Promise<never> => {
      await time.sleep(waitMs, signal);
      end(` ${fate}: ${why}`);
      throw new Error(why);
    };

    await time.sleep(thereMs, signal);
    if (fate === 'no-connection') return fail(0, 'connection refused');
    const body = given === undefined ? undefined : await buffer(given);
    call.body = body;
    if (fate === 'request-lost') return fail(CALL_TIMEOUT_MS, 'no answer in time');
    const arrives = fate === 'request-cut' ? body?.subarray(0, Math.floor(share * body.length)) : body;
    world.delivery = { call, body: arrives ?? new Uint8Array(), api };
    const sent = fate === 'request-cut' && arrives !== undefined ? cutStream(arrives) : arrives;
    const request = new Request(url, { method, headers, signal, ...(sent && { body: sent, duplex: 'half' }) });
    const answer = await server
      .fetch(request)
      .then(async (reply) => ({ reply, bytes: new Uint8Array(await reply.arrayBuffer()) }))
      .catch(() => fail(backMs, 'connection cut'));
    // A client that has left hears nothing; the request is asked, which must live as long as the server waits on its signal.
    request.signal.throwIfAborted();
    if (fate === 'reply-lost') return fail(CALL_TIMEOUT_MS, 'no answer in time');
    await time.sleep(backMs, signal);
    const { reply, bytes } = answer;
    const { status } = reply;
    if (CLOSES_THE_WINDOW.has(status)) call.windowClosedAt = time.now();
    if (fate === 'reply-cut') {
      end(` ${fate}: ${status}`);
      return { status, headers: reply.headers, body: cutStream(bytes.subarray(0, share * bytes.length)) };
    }
    const cause = reply.headers.get('x-emulator-cause');
    end(`: ${status}${cause === null ? '' : ` ${cause}`}`);
    call.toldSuccess = reply.ok && readSubmitReply(Buffer.from(bytes).toString())?.success === true;
    return { status, headers: reply.headers, body: ReadableStream.from([bytes]) };
  };
}

function cutStream(bytes: Uint8Array): ReadableStream<Uint8Array> {
  async function* cut() {
    if (bytes.length > 0) yield bytes;
    throw new Error('connection cut');
  }
  return ReadableStream.from(cut());
}
