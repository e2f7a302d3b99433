/** Lets a signal end the reading of a source that may never give another chunk, such as a terminal. */
import { abortReason } from '../reason-of.ts';

/** Throws the signal's reason as soon as it is aborted, even while a chunk is awaited. */
export async function* abortable<T>(chunks: AsyncIterable<T>, signal: AbortSignal | undefined): AsyncGenerator<T> {
  if (signal === undefined) {
    yield* chunks;
    return;
  }
  signal.throwIfAborted();
  // Not Promise.race with one long-lived promise: that one would hold on to every chunk there ever was.
  let rejectNext: ((reason: Error) => void) | undefined;
  const onAbort = () => rejectNext?.(abortReason(signal));
  signal.addEventListener('abort', onAbort, { once: true });
  const iterator = chunks[Symbol.asyncIterator]();
  let isDone = false;
  try {
    for (;;) {
      signal.throwIfAborted();
      const next = await new Promise<IteratorResult<T>>((resolve, reject) => {
        rejectNext = reject;
        iterator.next().then(resolve, reject);
      });
      if (next.done === true) {
        isDone = true;
        return;
      }
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    // Not awaited: a source that waits for its next chunk would keep us waiting too.
    if (!isDone) void Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}
