/** A `Writer` in this thread: for memory stores, and inside the writer worker. */
import type { AcceptedBatch, Writer } from '../store/store.ts';
import type { SyncStore } from '../store/sync-store.ts';
import { batchSteps, type StepOptions } from './batch-steps.ts';

/** Each call has done its work when it returns; the promise only says so. What the store throws, it rejects with. */
export interface InlineWriter extends Writer {
  /** As many calls of `acceptBatch`, for the price of one commit: a promise for each. */
  acceptBatches(batches: readonly AcceptedBatch[]): Promise<void>[];
}

export function inlineWriter(store: SyncStore, options?: StepOptions): InlineWriter {
  let step = batchSteps(store, options);
  let isClosed = false;
  const acceptBatch = async (batch: AcceptedBatch) => store.acceptBatch(batch);
  return {
    openClient: async (client, defaults) => store.openClient(client, defaults),
    acceptBatch,
    acceptBatches(batches) {
      if (batches.length > 1) {
        try {
          store.together(() => {
            for (const batch of batches) store.acceptBatch(batch);
          });
          return batches.map(() => Promise.resolve());
        } catch {
          // None of them is there. One by one, each has an answer of its own.
        }
      }
      return batches.map(acceptBatch);
    },
    step: async (now) => step(now),
    releaseBatches: async (now, client) => store.releaseBatches(now, client),
    updateProfile: async (write) => store.updateProfile(write),
    seedProfiles: async (writes) => store.seedProfiles(writes),
    visit: async (visit) => store.visit(visit),
    writeSettings: async (client, settings) => store.writeSettings(client, settings),
    writePace: async (client, pace) => store.writePace(client, pace),
    paceBatch: async (batchId, pace) => store.paceBatch(batchId, pace),
    countPoll: async (batchId, now) => store.countPoll(batchId, now),
    takeSnapshot: async () => store.takeSnapshot(),
    restoreSnapshot: async (id) => {
      // Batches held half applied are whole again.
      step = batchSteps(store, options);
      return store.restoreSnapshot(id);
    },
    dropSnapshot: async (id) => store.dropSnapshot(id),
    dropClient: async (client) => store.dropClient(client),
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      store.close();
    },
  };
}
