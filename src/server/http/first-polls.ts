/** Which batches had their status asked for: at a realistic pace the first answer is always `incomplete`. */
import type { BatchId } from '../../protocol/vocabulary/index.ts';

/** Batches remembered; when there are more, the one asked for longest ago is forgotten. */
const POLLED_BATCHES_MAX = 10_000;

export interface FirstPolls {
  /** How often this batch was asked for before; counts this time too. */
  count(batchId: BatchId): number;
  /** Remembers every count; the returned function puts them back. */
  remember(): () => void;
}

export function firstPolls(batchesMax = POLLED_BATCHES_MAX): FirstPolls {
  const polls = new Map<BatchId, number>();
  // One for good, standing at the oldest: each new one would step over all that was ever deleted.
  const oldest = polls.keys();
  return {
    count(batchId) {
      const before = polls.get(batchId) ?? 0;
      polls.delete(batchId);
      polls.set(batchId, before + 1);
      if (polls.size > batchesMax) polls.delete(oldest.next().value!);
      return before;
    },
    remember() {
      const kept = [...polls];
      return () => {
        polls.clear();
        for (const [key, value] of kept) polls.set(key, value);
      };
    },
  };
}
