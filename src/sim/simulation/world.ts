/** What the parts of an episode share: its time, who is tried, the weather, and the record of what happened. */
import type { Jobs, Uploader, UploaderOptions } from '../../client/index.ts';
import type { Api } from '../../protocol/vocabulary/index.ts';
import type { BatchRecord, Emulator } from '../../server/index.ts';
import type { CallEvidence } from './evidence.ts';
import type { SimulatedTime } from './simulated-time.ts';
import type { Tally } from './tally.ts';

export interface World {
  readonly seed: number;
  readonly time: SimulatedTime;
  readonly server: Emulator;
  readonly createClient: (options: UploaderOptions) => Uploader;
  /** Of uploads that are killed and resumed: one record, and one budget for each client code. */
  readonly jobs: Jobs;
  /** Chance that something happens to a call. */
  networkTrouble: number;
  /** What the network has just handed to the server. */
  delivery: { readonly call: CallEvidence; readonly body: Uint8Array; readonly api: Api } | undefined;
  /** Batches that went with their client code, as they were then, by batch id. */
  readonly dropped: Map<string, BatchRecord>;
  readonly tally: Tally;
  readonly log: (line: string) => void;
}
