/**
 * Requests at a fixed rate, whatever becomes of the earlier ones: what a user waits for meanwhile. Fetches and statuses
 * in turn, and every twentieth a two-row batch that is then followed to its end. Runs in a process of its own until it
 * is told to stop, a line on standard input.
 */
import { type Latency, latency } from '../measure.ts';
import type { Lifecycle } from '../roles/lifecycle.ts';
import { type Conversation, converse } from './conversation.ts';
import { getRequest, postRequest, type RawReply } from './raw-connection.ts';
import { fetchPath, statusPath, tinyBody, tinyPath } from './request-spec.ts';

export interface OpenLoopSpec {
  readonly port: number;
  readonly perSecond: number;
  /** Whose profiles and batch are asked for. */
  readonly client: string;
  readonly profiles: number;
  readonly batchId: string;
  /** Whose tiny batches are sent. */
  readonly otherClient: string;
}

export interface OpenLoopResult {
  readonly fetch: Latency;
  readonly status: Latency;
  readonly tinySubmission: Latency;
  /** From the POST of a two-row batch to the status that says complete, asked every 2 ms. */
  readonly tinyComplete: Latency;
  /** How late the generator itself was: noise of its own. */
  readonly generatorLag: Latency;
  readonly failures: number;
}

const TINY_EVERY = 20;
const TINY_POLL_MS = 2;

export async function openLoop(spec: OpenLoopSpec, { ready, stopped }: Lifecycle): Promise<OpenLoopResult> {
  const figures = { fetch: [] as number[], status: [] as number[], tinySubmission: [] as number[] };
  const tinyComplete: number[] = [];
  const lags: number[] = [];
  let failures = 0;
  const idle: Conversation[] = [];
  /** The longest idle one first, so that none is idle for so long that the server ends it; a new one where all are busy. */
  const exchange = async (request: Buffer): Promise<RawReply> => {
    let conversation = idle.shift();
    while (conversation?.isOpen() === false) conversation = idle.shift();
    try {
      conversation ??= await converse(spec.port);
      const reply = await conversation.ask(request);
      idle.push(conversation);
      return reply;
    } catch {
      return { status: 0, body: '' };
    }
  };
  // Making a connection counts: whoever asks waits for that too.
  const taken = async (kind: keyof typeof figures, request: Buffer) => {
    const askedAt = performance.now();
    const reply = await exchange(request);
    figures[kind].push(performance.now() - askedAt);
    if (reply.status !== 200) failures += 1;
    return reply;
  };
  const followTiny = async (index: number) => {
    const askedAt = performance.now();
    const reply = await taken('tinySubmission', postRequest(tinyPath(spec.otherClient), tinyBody(index)));
    const batchId = /batchId=([^<]+)</.exec(reply.body)?.[1] ?? '';
    for (;;) {
      const status = await exchange(getRequest(statusPath(spec.otherClient, batchId)));
      if (status.body.includes('<status>complete<')) break;
      if (status.status !== 200 || isOver) return;
      await new Promise((resolve) => setTimeout(resolve, TINY_POLL_MS));
    }
    tinyComplete.push(performance.now() - askedAt);
  };

  let sent = 0;
  let isOver = false;
  const pending = new Set<Promise<unknown>>();
  const startedAt = performance.now();
  const timer = setInterval(() => {
    for (; startedAt + (sent * 1000) / spec.perSecond <= performance.now(); sent += 1) {
      lags.push(performance.now() - startedAt - (sent * 1000) / spec.perSecond);
      const id = (sent * 7919) % spec.profiles;
      const work =
        sent % TINY_EVERY === 0
          ? followTiny(sent / TINY_EVERY)
          : sent % 2 === 0
            ? taken('status', getRequest(statusPath(spec.client, spec.batchId)))
            : taken('fetch', getRequest(fetchPath(spec.client, id)));
      pending.add(work);
      void work.finally(() => pending.delete(work));
    }
  }, 1);
  ready();
  await stopped;
  clearInterval(timer);
  isOver = true;
  await Promise.all(pending);
  for (const conversation of idle) conversation.close();
  return {
    fetch: latency(figures.fetch),
    status: latency(figures.status),
    tinySubmission: latency(figures.tinySubmission),
    tinyComplete: latency(tinyComplete),
    generatorLag: latency(lags),
    failures,
  };
}
