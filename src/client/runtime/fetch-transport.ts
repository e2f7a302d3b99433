/** The machine's network: the global `fetch`, each call bounded in time. */
import type { Transport } from '../send/transport.ts';
import { NetworkError } from '../upload-error.ts';

/** The global `fetch` with a time limit for the whole call, its reply's body included. */
export function fetchTransport(callTimeoutMs: number): Transport {
  return async (url, init) => {
    const controller = new AbortController();
    const onAbort = () => controller.abort(init.signal.reason);
    if (init.signal.aborted) onAbort();
    init.signal.addEventListener('abort', onAbort, { once: true });
    const timer = setTimeout(
      () => controller.abort(new NetworkError(`No answer within ${Math.round(callTimeoutMs / 1000)} seconds.`)),
      callTimeoutMs,
    );
    const release = () => {
      clearTimeout(timer);
      init.signal.removeEventListener('abort', onAbort);
    };
    try {
      const reply = await fetch(url, { ...init, signal: controller.signal });
      return { status: reply.status, headers: reply.headers, body: released(reply.body, release) };
    } catch (error) {
      release();
      throw error;
    }
  };
}

async function* released(body: AsyncIterable<Uint8Array> | null, release: () => void): AsyncGenerator<Uint8Array> {
  try {
    if (body !== null) yield* body;
  } finally {
    release();
  }
}
