/** What an upload tells while it runs: facts in the order they happen, for a bar or a log, or as an async iterable. */
import { assertCall } from './call-options.ts';
import type { UploadPlan } from './plan/upload-plan.ts';
import type { PartReport, UploadResult } from './report/upload-report.ts';
import type { PaceDelay } from './send/pace.ts';
import type { UploadError } from './upload-error.ts';
import type { BatchStatus } from '../protocol/vocabulary/index.ts';

export interface RunOptions {
  /** Ends the run: temporary files are removed and the report says `interrupted`. */
  readonly signal?: AbortSignal | undefined;
  /** Called often; must not throw. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

export type Progress =
  /** The input is read: nothing is sent yet. `bytesMax` is the input's size where it is known. */
  | { readonly kind: 'reading'; readonly rows: number; readonly bytes: number; readonly bytesMax: number | undefined }
  /** `job` is its name where it is remembered. */
  | { readonly kind: 'planned'; readonly plan: UploadPlan; readonly job: string | undefined }
  /** Several parts are being written to private temporary files. */
  | { readonly kind: 'splitting'; readonly rows: number; readonly rowsMax: number }
  | {
      readonly kind: 'sending';
      readonly part: number;
      readonly attempt: number;
      readonly bytes: number;
      readonly bytesMax: number;
      /** Calls that may still be made this minute; undefined where nothing limits them. */
      readonly left: number | undefined;
    }
  /** Another upload of the account has its hands on the same ids: waiting for its end (v2-override-caveat). */
  | { readonly kind: 'held-up'; readonly job: string; readonly sharedIds: number }
  | { readonly kind: 'verifying'; readonly fetched: number; readonly of: number }
  | {
      readonly kind: 'retrying';
      readonly part: number;
      readonly attempt: number;
      readonly afterMs: number;
      readonly error: UploadError;
    }
  | { readonly kind: 'submitted'; readonly part: number; readonly link: string }
  /** Standing still because of the calls a minute, or because the service closed the window with a 503 or 429. */
  | { readonly kind: 'pacing'; readonly ms: number; readonly reason: PaceDelay['reason'] }
  | {
      readonly kind: 'status';
      readonly part: number;
      readonly status: BatchStatus | 'unknown';
      readonly consumed: number | undefined;
      readonly rows: number;
    }
  /** The part's state is final. */
  | { readonly kind: 'settled'; readonly report: PartReport };

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
