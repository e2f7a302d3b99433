/** What the routes are given: the narrow side of one emulator. Built once, by the composition root. */
import type { Clock } from '../runtime/clock.ts';
import type { Random } from '../runtime/random.ts';
import type { BodySpool, Reader, Writer } from '../store/store.ts';
import type { ResolvedOptions } from '../options.ts';
import type { FirstPolls } from './first-polls.ts';
import type { RateLimiter } from './rate-limiter.ts';

export interface Services {
  readonly options: ResolvedOptions;
  readonly version: string;
  readonly clock: Clock;
  /** Batch ids and new pcIds. */
  readonly ids: Random;
  readonly reader: Reader;
  readonly writer: Writer;
  readonly bodies: BodySpool;
  readonly rateLimiter: RateLimiter;
  readonly firstPolls: FirstPolls;
  /** Work may be due: whoever drives the writer should look. */
  readonly kick: () => void;
  /** `127.0.0.1:8181`: for a status link where the sender's own word for this place cannot be used. */
  readonly ownAuthority: () => string;
  readonly onBatchAccepted: (batchId: string) => void;
  /** A step has failed: nothing is applied any more. */
  readonly isFailed: () => boolean;
}
