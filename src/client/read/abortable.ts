/** Lets a signal end the reading of a source that may never give another chunk, such as a terminal. */
import { abortReason } from '../reason-of.ts';

/** Throws the signal's reason as soon as it is aborted, even while a chunk is awaited. */
export async function* abortable<T>(chunks: AsyncIterable<T>, signal: AbortSignal | undefined): AsyncGenerator<T> {
  if (signal === undefined) {
    yield* chunks;
    return;
  }
  signal.throwIfAborted();
  const ended = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    const onAbort = () => reject(abortReason(signal));
    signal.addEventListener('abort', onAbort, { once: true, signal: ended.signal });
  });
  aborted.catch(() => undefined);
  const iterator = chunks[Symbol.asyncIterator]();
  let isDone = false;
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), aborted]);
      if (next.done === true) {
        isDone = true;
        return;
      }
      yield next.value;
    }
  } finally {
    ended.abort();
    // Not awaited: a source that waits for its next chunk would keep us waiting too.
    if (!isDone) void Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}
