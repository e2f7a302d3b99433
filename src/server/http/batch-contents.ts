/** What was sent as which batch: a fault of its status draws by the file, since a batch's id depends on who came first. */
import type { BatchId } from '../../protocol/vocabulary/index.ts';
import { BoundedMap } from '../runtime/bounded-map.ts';

/** Batches remembered; of an older one the id has to do. */
const BATCH_CONTENTS_MAX = 10_000;

export interface BatchContents {
  note(batchId: BatchId, content: string): void;
  of(batchId: string): string | undefined;
}

export function batchContents(batchesMax = BATCH_CONTENTS_MAX): BatchContents {
  const contents = new BoundedMap<string, string>(batchesMax);
  return {
    note: (batchId, content) => contents.set(batchId, content),
    of: (batchId) => contents.get(batchId),
  };
}
