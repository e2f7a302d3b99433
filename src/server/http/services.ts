/** What the routes are given: the narrow side of one emulator. Built once, by the composition root. */
import type { BatchId } from '../../protocol/vocabulary/index.ts';
import type { AttributeIntake } from '../attributes/intake.ts';
import type { ClientCodes } from '../client-codes.ts';
import type { EventCounts } from '../control/metrics.ts';
import type { Drive } from '../drive.ts';
import type { BytesInFlight } from '../ingest/bytes-in-flight.ts';
import type { RefusedRequest } from '../emulator-events.ts';
import type { BoundedMap } from '../runtime/bounded-map.ts';
import type { Random } from '../runtime/random.ts';
import type { ClientClocks } from '../runtime/client-clocks.ts';
import type { SteeredClock } from '../runtime/steered-clock.ts';
import type { Problems } from '../problems.ts';
import type { rehearsals } from '../rehearsal.ts';
import type { Snapshots } from '../snapshots.ts';
import type { Store } from '../store/store.ts';
import type { ResolvedOptions } from '../options.ts';
import type { FaultBook } from '../faults/fault-book.ts';
import type { Waits } from '../runtime/waits.ts';
import type { FileToCompare } from '../console/compare-file.ts';
import type { ConsoleFiles } from '../console/console-files.ts';
import type { Watchers } from '../console/watchers.ts';
import type { Journal } from '../store/journal-entries.ts';
import type { Limiter } from './limiters.ts';

export interface Services extends Omit<Drive, 'close'>, Store {
  readonly options: ResolvedOptions;
  readonly version: string;
  readonly clock: SteeredClock;
  /** What is done for a client code is done by its own. */
  readonly clocks: ClientClocks;
  /** Batch ids, new pcIds and tokens. */
  readonly ids: Random;
  /** The latest, whose calls may not be written yet. */
  readonly drawnPcIds: BoundedMap<string, true>;
  readonly inFlight: BytesInFlight;
  readonly rateLimiter: Limiter;
  /** lim-single-rate */
  readonly updateLimiter: Limiter;
  /** How often each batch had its status asked for: at a realistic pace the first answer is always `incomplete`. */
  readonly statusPolls: BoundedMap<BatchId, number>;
  readonly clientCodes: ClientCodes;
  readonly snapshots: Snapshots;
  readonly faults: FaultBook;
  /** What becomes of uploaded files of customer attributes. */
  readonly attributes: AttributeIntake;
  /** For the faults callsPerMinute and updatesPerDay: apart from what the settings count. */
  readonly accountCalls: Limiter;
  readonly accountUpdates: Limiter;
  /** What was sent as which batch: a fault of its status draws by the file, since a batch's id depends on who came first. */
  readonly batchContents: BoundedMap<string, string>;
  readonly waits: Waits;
  readonly problems: Problems;
  /** Undefined with `journal: 'off'`. */
  readonly journal: Journal | undefined;
  /** Who watches live: told what has changed. */
  readonly watchers: Watchers;
  /** For metrics: since the start, of what the journal was given. */
  readonly eventCounts: EventCounts;
  readonly consoleFiles: ConsoleFiles;
  /** Undefined where the emulator was started without. */
  readonly compare: ((file: FileToCompare) => Promise<object>) | undefined;
  /** Asked of an emulator of their own, which is gone afterwards. */
  readonly rehearse: ReturnType<typeof rehearsals>;
  /** `http://127.0.0.1:8181`: for a status link where the sender's own word for this place cannot be used. */
  readonly ownOrigin: (scheme: 'http' | 'https') => string;
  /** The certificate that clients have to trust, as PEM. */
  readonly ca: () => Promise<string>;
  /** A request was refused, or met a fault; told once it is answered. Undefined where nobody listens. */
  readonly onRefused: ((refused: RefusedRequest) => void) | undefined;
  readonly onBatchAccepted: (batchId: string) => void;
  /** Nothing is answered any more. */
  readonly isClosed: () => boolean;
}
