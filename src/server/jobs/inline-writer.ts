/** A `Writer` in this thread: for memory stores, and inside the writer worker. */
import { type VerbArgs, type VerbName, type VerbResults, type Verbs, type Writer, writerOf } from '../store/verbs.ts';
import type { SyncStore } from '../store/sync-store.ts';
import { openSyncStore } from '../store/sqlite-store.ts';
import { directoryPlace } from '../store/store-place.ts';
import { once } from '../runtime/once.ts';
import { batchSteps, type StepOptions } from './batch-steps.ts';
import type { WriterWorkerData } from './writer-messages.ts';

/** Each call has done its work when it returns; the promise only says so. What the store throws, it rejects with. */
export interface InlineWriter extends Writer {
  /** As many calls of one verb, for the price of one commit: a promise for each. */
  together<Name extends VerbName>(name: Name, calls: readonly VerbArgs[Name][]): Promise<VerbResults[Name]>[];
}

export function inlineWriter(store: SyncStore, options?: StepOptions): InlineWriter {
  let step = batchSteps(store, options);
  const verbs: Verbs = {
    ...store,
    step: (...args) => step(...args),
    restoreSnapshot(id) {
      // What is held half applied is whole again.
      step.letGo();
      step = batchSteps(store, options);
      return store.restoreSnapshot(id);
    },
    close: once(() => {
      step.letGo();
      store.close();
    }),
  };
  const carryOut = async <Name extends VerbName>(name: Name, args: VerbArgs[Name]): Promise<VerbResults[Name]> =>
    verbs[name](...args);

  return {
    ...writerOf(carryOut),
    together(name, calls) {
      if (calls.length > 1) {
        try {
          return store
            .together(() => calls.map((args) => verbs[name](...args)))
            .map((result) => Promise.resolve(result));
        } catch {
          // None of them is there. One by one, each has an answer of its own.
        }
      }
      return calls.map((args) => carryOut(name, args));
    },
  };
}

/** The writer of a data directory that this process has claimed, in the thread it is called in. */
export function openClaimedWriter(
  { directory, retainedBytesMax, ...bounds }: WriterWorkerData,
  onWritten?: () => void,
): InlineWriter {
  return inlineWriter(openSyncStore({ place: directoryPlace(directory), retainedBytesMax, onWritten }), bounds);
}
