/** The network, as narrow as the uploader needs it. */
import { ReadableStream } from 'node:stream/web';

export interface TransportInit {
  readonly method: 'GET' | 'POST';
  readonly headers: Record<string, string>;
  readonly body?: ReadableStream<Uint8Array>;
  /** Always sent along with a body: the reply is read after it. */
  readonly duplex?: 'half';
  /** Never followed: a redirect could carry rows or a token somewhere else. */
  readonly redirect: 'manual';
  readonly signal: AbortSignal;
  /** How long the call may take, its reply's body included, where that is less than the transport's own limit. */
  readonly timeoutMs?: number | undefined;
}

export interface TransportReply {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: AsyncIterable<Uint8Array> | null;
}

/**
 * Rejects when there is no answer, and when `signal` is aborted; the reply's body then throws too. An UploadError that
 * it rejects with is reported as it is; anything else counts as the network's fault and is tried again.
 */
export type Transport = (url: string, init: TransportInit) => Promise<TransportReply>;

/** A body from chunks, pulled as the network takes them; cancelled with the call. */
export function bodyStream(chunks: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await iterator.next();
        if (next.done === true) controller.close();
        else controller.enqueue(next.value);
      },
      async cancel() {
        await iterator.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}
