/** Which batches had their status asked for: at a realistic pace the first answer is always `incomplete`. */
import type { BatchId } from '../../protocol/vocabulary/index.ts';
import { BoundedMap } from '../runtime/bounded-map.ts';

/** Batches remembered; when there are more, the one asked for longest ago is forgotten. */
const POLLED_BATCHES_MAX = 10_000;

export interface FirstPolls {
  /** How often this batch was asked for before; counts this time too. */
  count(batchId: BatchId): number;
  /** The same, and counts nothing. */
  counted(batchId: BatchId): number;
  /** Remembers every count; the returned function puts them back. */
  remember(): () => void;
}

export function firstPolls(batchesMax = POLLED_BATCHES_MAX): FirstPolls {
  const polls = new BoundedMap<BatchId, number>(batchesMax);
  const counted = (batchId: BatchId) => polls.get(batchId) ?? 0;
  return {
    counted,
    count(batchId) {
      const before = counted(batchId);
      polls.set(batchId, before + 1);
      return before;
    },
    remember: () => polls.remember(),
  };
}
