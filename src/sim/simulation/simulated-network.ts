/**
 * A network that loses, delays and cuts requests and replies, and that a client may leave at any moment. It never
 * doubles a request: TCP does not either, and a client could not know.
 */
import { buffer } from 'node:stream/consumers';
import type { Transport, TransportReply } from '../../client/index.ts';
import { readSubmitReply } from '../../protocol/wire/index.ts';
import type { Emulator } from '../../server/index.ts';
import type { Random } from '../../server/runtime/random.ts';
import { newCall, type CallEvidence } from './evidence.ts';
import type { SimulatedTime } from './simulated-time.ts';

export interface NetworkParts {
  readonly server: Emulator;
  readonly time: SimulatedTime;
  /** Chance that something happens to a call. */
  readonly trouble: () => number;
  /** Of the n-th call of this upload, from 0. */
  readonly random: (call: number) => Random;
  /** Called when a call begins; it is filled in as it goes on. */
  readonly onCall: (call: CallEvidence) => void;
  /** Called before the server gets the request. */
  readonly onDelivery: (call: CallEvidence, body: Uint8Array) => void;
  readonly onEnd: (line: string) => void;
}

/** What becomes of a call on its way. */
const TROUBLES = ['no-connection', 'request-lost', 'request-cut', 'reply-lost', 'reply-cut'] as const;
type Fate = 'passes' | (typeof TROUBLES)[number];

/** Both say that the account has called too often. */
const CLOSES_THE_WINDOW: ReadonlySet<number> = new Set([429, 503]);

/** How long a client waits for an answer that does not come: its own time limit. */
const CALL_TIMEOUT_MS = 300_000;

export function simulatedNetwork(parts: NetworkParts): Transport {
  const { server, time } = parts;
  let calls = 0;
  return async (url, init) => {
    const { signal } = init;
    const random = parts.random(calls);
    calls += 1;
    const fate: Fate = random.next() < parts.trouble() ? TROUBLES[random.integer(0, TROUBLES.length - 1)]! : 'passes';
    const [thereMs, backMs, share] = [random.integer(1, 300), random.integer(1, 300), random.next()];
    const call = newCall(init.method, time.now());
    parts.onCall(call);
    const fail = (why: string): never => {
      parts.onEnd(`${call.kind} ${fate}: ${why}`);
      throw new Error(why);
    };

    await time.sleep(thereMs, signal);
    if (fate === 'no-connection') return fail('connection refused');
    const body = init.body === undefined ? undefined : await buffer(init.body);
    call.body = body;
    if (fate === 'request-lost') {
      await time.sleep(CALL_TIMEOUT_MS, signal);
      return fail('no answer in time');
    }
    const arrives = fate === 'request-cut' ? body?.subarray(0, Math.floor(share * body.length)) : body;
    parts.onDelivery(call, arrives ?? new Uint8Array());
    const request = new Request(url, {
      method: init.method,
      headers: init.headers,
      signal,
      ...(arrives !== undefined && {
        body: fate === 'request-cut' ? cutStream(arrives) : arrives,
        duplex: 'half' as const,
      }),
    });
    let reply: Response;
    let bytes: Uint8Array;
    try {
      reply = await server.fetch(request);
      bytes = new Uint8Array(await reply.arrayBuffer());
    } catch {
      await time.sleep(backMs, signal);
      return fail('connection cut');
    }
    // A client that has left hears nothing; the request is asked, which must live as long as the server waits on its signal.
    request.signal.throwIfAborted();
    if (fate === 'reply-lost') {
      await time.sleep(CALL_TIMEOUT_MS, signal);
      return fail('no answer in time');
    }
    await time.sleep(backMs, signal);
    const cause = reply.headers.get('x-emulator-cause');
    if (fate === 'reply-cut') {
      parts.onEnd(`${call.kind} ${fate}: ${reply.status}`);
      if (CLOSES_THE_WINDOW.has(reply.status)) call.windowClosedAt = time.now();
      return { status: reply.status, headers: reply.headers, body: cutStream(bytes.subarray(0, share * bytes.length)) };
    }
    parts.onEnd(`${call.kind}: ${reply.status}${cause === null ? '' : ` ${cause}`}`);
    if (CLOSES_THE_WINDOW.has(reply.status)) call.windowClosedAt = time.now();
    call.toldSuccess = reply.ok && readSubmitReply(Buffer.from(bytes).toString())?.success === true;
    return { status: reply.status, headers: reply.headers, body: whole(bytes) } satisfies TransportReply;
  };
}

async function* whole(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function cutStream(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let isSent = false;
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      if (isSent || bytes.length === 0) controller.error(new Error('connection cut'));
      else controller.enqueue(bytes);
      isSent = true;
    },
  });
}
