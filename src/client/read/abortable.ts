/** Lets a signal end the reading of a source that may never give another chunk, or never lets anybody else have a turn. */
import { setImmediate } from 'node:timers/promises';

/** Throws the signal's reason as soon as it is aborted, even while a chunk is awaited. */
export async function* abortable<T>(chunks: AsyncIterable<T>, signal: AbortSignal | undefined): AsyncGenerator<T> {
  signal?.throwIfAborted();
  // Not Promise.race with one long-lived promise: that one would hold on to every chunk there ever was.
  let rejectNext: ((reason: Error) => void) | undefined;
  const onAbort = () => rejectNext?.(abortReason(signal!));
  signal?.addEventListener('abort', onAbort, { once: true });
  const iterator = chunks[Symbol.asyncIterator]();
  let isDone = false;
  let chunksInTurn = 0;
  try {
    for (;;) {
      signal?.throwIfAborted();
      const next = await new Promise<IteratorResult<T>>((resolve, reject) => {
        rejectNext = reject;
        iterator.next().then(resolve, reject);
      });
      if (next.done === true) {
        isDone = true;
        return;
      }
      yield next.value;
      // A source that has its chunks at once would starve timers and the signal itself.
      chunksInTurn += 1;
      if (chunksInTurn % CHUNKS_A_TURN === 0) await setImmediate();
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    // Not awaited: a source that waits for its next chunk would keep us waiting too.
    if (!isDone) void Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}

const CHUNKS_A_TURN = 8;

/** What an aborted signal is to throw. */
export const abortReason = ({ reason }: AbortSignal): Error =>
  reason instanceof Error ? reason : new Error('The signal was aborted.');
