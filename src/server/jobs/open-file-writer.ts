/** Opens a data directory's read-write side in the thread it is called in. */
import { openSyncStore } from '../store/open-store.ts';
import { type InlineWriter, inlineWriter } from './inline-writer.ts';
import { storeRules } from './row-rules.ts';
import type { WriterWorkerData } from './writer-messages.ts';

export function openFileWriter({ directory, retainedBytesMax, ...bounds }: WriterWorkerData): InlineWriter {
  return inlineWriter(openSyncStore({ place: { directory }, rules: storeRules, retainedBytesMax }), bounds);
}
