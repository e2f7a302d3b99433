/** How far the newest batches are: what a watcher is told each time that batches have changed. */
import type { Reader } from '../store/store.ts';

const BATCHES_TOLD_MAX = 20;

export const batchesUnderWay = (reader: Pick<Reader, 'batches'>) =>
  reader
    .batches({ limit: BATCHES_TOLD_MAX })
    .items.map(({ batchId, client, api, status, batchSize, consumedCount }) => ({
      batchId,
      client,
      api,
      status,
      batchSize,
      consumedCount,
    }));
