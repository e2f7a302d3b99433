/** An upload as an async iterable: what happens, as it happens, and what it came to as the last of it. */
import { assertCall } from './call-options.ts';
import type { Progress, RunOptions } from './progress.ts';
import type { UploadResult } from './report/upload-report.ts';

export type UploadEvent = Progress | { readonly kind: 'ended'; readonly result: UploadResult };

/**
 * What happens in an upload, or in a resumed one, as it happens. Whoever stops listening ends it, as its signal would.
 *
 * @throws what the upload rejects with.
 *
 * @example
 * for await (const event of uploadEvents((run) => uploader.upload('crm.csv', run))) {
 *   if (event.kind === 'ended') console.log(event.result);
 * }
 */
export async function* uploadEvents(
  start: (run: RunOptions) => Promise<UploadResult>,
  signal?: AbortSignal,
): AsyncGenerator<UploadEvent, void, undefined> {
  assertCall('events', { start, signal });
  const left = new AbortController();
  const waiting: Progress[] = [];
  let news = Promise.withResolvers<void>();
  const onProgress = (progress: Progress) => {
    // Only the last of what comes often: a slow listener must not fill the memory.
    if (OFTEN.has(progress.kind) && waiting.at(-1)?.kind === progress.kind) waiting.pop();
    waiting.push(progress);
    news.resolve();
  };
  const work = start({ signal: AbortSignal.any([left.signal, ...(signal === undefined ? [] : [signal])]), onProgress });
  let isOver = false;
  const over = () => {
    isOver = true;
    news.resolve();
  };
  work.then(over, over);
  try {
    for (;;) {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) yield next;
      if (isOver) break;
      await news.promise;
      news = Promise.withResolvers<void>();
    }
    yield { kind: 'ended', result: await work };
  } finally {
    left.abort();
    await work.catch(() => undefined);
  }
}

const OFTEN: ReadonlySet<Progress['kind']> = new Set(['reading', 'splitting', 'sending', 'status', 'verifying']);
