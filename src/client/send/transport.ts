/** The network, as narrow as the uploader needs it. */
import type { ReadableStream } from 'node:stream/web';

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
