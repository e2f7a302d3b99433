/** A `Writer` whose store lives in a worker: the main thread reads while rows are applied. */
import { Worker } from 'node:worker_threads';
import { EmulatorError } from '../runtime/emulator-error.ts';
import type { AcceptedBatch, Writer } from '../store/store.ts';
import {
  restoreError,
  type WriterCall,
  type WriterMethod,
  type WriterReply,
  type WriterWorkerData,
} from './writer-messages.ts';

/**
 * Resolves when the worker has opened its store, rejects with what kept it from that. A worker that dies takes every
 * call with it ('writer-died') and is not started again: only the store knows how far it came.
 *
 * `workerUrl` is the worker's built file; by default it stands beside the bundle this module is in.
 */
export async function openWriterThread(
  workerData: WriterWorkerData,
  workerUrl: URL = new URL('./writer-worker.js', import.meta.url),
): Promise<Writer> {
  const worker = new Worker(workerUrl, {
    workerData,
    name: 'writer',
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB_MAX },
  });
  const pending = new Map<number, Pending>();
  let lastId = 0;
  let death: EmulatorError | undefined;
  let closing: Promise<void> | undefined;

  const die = (cause: unknown) => {
    death ??= new EmulatorError(
      'writer-died',
      'The writer thread has died. Restart the emulator: batches it has accepted will be completed.',
      { cause },
    );
    for (const { reject } of pending.values()) reject(death);
    pending.clear();
    void worker.terminate();
  };

  const settle = (reply: WriterReply) => {
    const waiting = pending.get(reply.id);
    pending.delete(reply.id);
    // An answer may still be under way when the writer is given up.
    if (reply.kind === 'done') waiting?.resolve(reply.value);
    else waiting?.reject(restoreError(reply.error));
  };

  const send = (method: WriterMethod | 'open', args: readonly unknown[], transfer: readonly ArrayBuffer[] = []) =>
    new Promise<unknown>((resolve, reject) => {
      if (death !== undefined) {
        reject(death);
        return;
      }
      lastId += 1;
      const call: WriterCall = { id: lastId, method, args };
      worker.postMessage(call, transfer);
      pending.set(lastId, { resolve, reject });
    });

  const call = <Method extends WriterMethod>(method: Method, ...args: Parameters<Writer[Method]>) =>
    send(method, args) as ReturnType<Writer[Method]>;

  worker.on('message', settle);
  worker.on('messageerror', die);
  worker.on('error', die);
  const exited = new Promise<void>((resolve) => {
    worker.once('exit', (code) => {
      die(new Error(`The worker ended with exit code ${code}.`));
      resolve();
    });
  });

  /** A dead writer has nothing left to close. */
  const close = async () => {
    if (death === undefined) await call('close');
    await exited;
  };

  try {
    await send('open', []);
  } catch (error) {
    await worker.terminate();
    throw error;
  }

  return {
    openClient: (client, defaults) => call('openClient', client, defaults),
    acceptBatch: async (batch) => {
      const sent = detachable(batch);
      await send('acceptBatch', [sent.batch], sent.transfer);
    },
    step: (now) => call('step', now),
    releaseBatches: (now, client) => call('releaseBatches', now, client),
    updateProfile: (write) => call('updateProfile', write),
    seedProfiles: (writes) => call('seedProfiles', writes),
    visit: (visit) => call('visit', visit),
    writeSettings: (client, settings) => call('writeSettings', client, settings),
    writePace: (client, pace) => call('writePace', client, pace),
    paceBatch: (batchId, pace) => call('paceBatch', batchId, pace),
    countPoll: (batchId, now) => call('countPoll', batchId, now),
    takeSnapshot: () => call('takeSnapshot'),
    restoreSnapshot: (id) => call('restoreSnapshot', id),
    dropSnapshot: (id) => call('dropSnapshot', id),
    dropClient: (client) => call('dropClient', client),
    close: () => (closing ??= close()),
  };
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/**
 * A spooled body goes by its name. An inline one is copied once, small as it is: a view would drag the whole buffer it
 * looks into along, and a transfer would empty the caller's.
 */
function detachable(batch: AcceptedBatch): { readonly batch: AcceptedBatch; readonly transfer: ArrayBuffer[] } {
  if (batch.body.kind === 'spooled') return { batch, transfer: [] };
  const bytes = new Uint8Array(batch.body.bytes);
  return { batch: { ...batch, body: { kind: 'inline', bytes } }, transfer: [bytes.buffer] };
}

/** Rows die young: a larger nursery only makes the peak higher (V8 would take 48). */
const YOUNG_GENERATION_MB_MAX = 12;
