/** Opens the read-write side of a data directory that this process has claimed, in the thread it is called in. */
import { openClaimedStore } from '../store/open-store.ts';
import type { Writer } from '../store/store.ts';
import { inlineWriter } from './inline-writer.ts';
import { storeRules } from './row-rules.ts';
import type { WriterWorkerData } from './writer-messages.ts';

export function openFileWriter({ directory, retainedBytesMax, ...bounds }: WriterWorkerData): Writer {
  return inlineWriter(openClaimedStore({ place: { directory }, rules: storeRules, retainedBytesMax }), bounds);
}
