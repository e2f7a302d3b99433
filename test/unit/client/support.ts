/** What the uploader's tests share: bytes from text, a clock that jumps, a network that is a list of answers. */
import {
  inputOptionsSchema,
  type Clock,
  type Transport,
  type TransportInit,
  type TransportReply,
  type UploadSource,
} from '../../../src/client/index.ts';
import type { Input } from '../../../src/client/read/open-input.ts';
import { submitAccepted } from '../../../src/protocol/wire/index.ts';

/** Opened anew for each reading; cut into chunks of `chunkBytes`. */
export function source(text: string | Uint8Array, chunkBytes = 1 << 16, name = 'input.csv'): UploadSource {
  return { name, open: () => chunksOf(text, chunkBytes) };
}

/** The same as the readers see it. */
export function inputOf(text: string | Uint8Array, chunkBytes?: number, name = 'x.csv'): Input {
  const file = { name, bytes: undefined, open: () => chunksOf(text, chunkBytes) };
  return { name, bytes: undefined, files: [file] };
}

/** Every option about the input as it is when nobody says anything. */
export const INPUT_DEFAULTS = inputOptionsSchema.parse({});

export async function* chunksOf(text: string | Uint8Array, chunkBytes = 1 << 16): AsyncGenerator<Uint8Array> {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

export interface FakeClock extends Clock {
  /** Every wait, in order. */
  readonly sleeps: number[];
}

/** Sleeping takes no time but moves the clock. */
export function fakeClock(): FakeClock {
  let nowMs = 0;
  const sleeps: number[] = [];
  return {
    sleeps,
    now: () => nowMs,
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      sleeps.push(ms);
      nowMs += ms;
    },
  };
}

/** Chance in the middle: no jitter. */
export const middling = { next: () => 0.5 };

export interface Sent {
  readonly url: string;
  readonly init: TransportInit;
  readonly body: string;
  readonly atMs: number;
}

export interface Answer {
  readonly status?: number;
  readonly text?: string;
  readonly cause?: string;
  readonly retryAfter?: string;
}

/** Reads each body to its end, then asks `answer`; a thrown error is a broken connection. */
export function fakeTransport(
  clock: Clock,
  answer: (sent: Sent, index: number) => Answer | Promise<never>,
): Transport & { readonly sent: Sent[] } {
  const sent: Sent[] = [];
  const transport = async (url: string, init: TransportInit): Promise<TransportReply> => {
    const chunks: Uint8Array[] = [];
    if (init.body !== undefined) for await (const chunk of init.body) chunks.push(chunk);
    const one: Sent = { url, init, body: Buffer.concat(chunks).toString('utf8'), atMs: clock.now() };
    sent.push(one);
    const { status = 200, text = '', cause, retryAfter } = await answer(one, sent.length - 1);
    const headers = new Headers({
      ...(cause === undefined ? {} : { 'x-emulator-cause': cause }),
      ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }),
    });
    // Tests need not say of which batch an answer is: of the one that was asked for.
    const asked = new URL(url).searchParams.get('batchId') ?? 'b';
    return { status, headers, body: chunksOf(text.replace('<batchId>b<', `<batchId>${asked}<`)) };
  };
  return Object.assign(transport, { sent });
}

export const ENDPOINT = 'http://127.0.0.1:9999';

export function link(id: string, endpoint = ENDPOINT): string {
  return `${endpoint}/m2/acme/profile/batchStatus?batchId=${id}`;
}

/** A service that accepts everything and has processed it when first asked. */
export function willingService(sent: Sent): { readonly text: string } {
  if (sent.init.method === 'POST') return { text: submitAccepted(link(`b-${rowsIn(sent.body)}`)) };
  const rows = Number(/b-(\d+)/.exec(sent.url)?.[1]);
  return { text: complete(rows, rows) };
}

export function rowsIn(body: string): number {
  return body.split('\n').length - 2;
}

export function complete(batchSize: number, updated: number, notFound = 0, failed = 0, status = 'complete'): string {
  return (
    `<response><batchId>b</batchId><status>${status}</status><batchSize>${batchSize}</batchSize>` +
    `<consumedCount>${batchSize}</consumedCount><successfulUpdates>${updated}</successfulUpdates>` +
    `<profilesNotFound>${notFound}</profilesNotFound><failedUpdates>${failed}</failedUpdates></response>`
  );
}
