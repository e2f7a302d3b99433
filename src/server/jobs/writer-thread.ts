/** A `Writer` whose store lives in a worker: the main thread reads while rows are applied. */
import { Worker } from 'node:worker_threads';
import { EmulatorError } from '../runtime/emulator-error.ts';
import { once } from '../runtime/once.ts';
import type { AcceptedBatch } from '../store/store.ts';
import { type VerbArgs, type VerbName, type VerbResults, VERBS, type Writer, writerOf } from '../store/verbs.ts';
import {
  carryError,
  OPEN_ID,
  restoreError,
  type WriterCall,
  type WriterReply,
  type WriterWorkerData,
} from './writer-messages.ts';

export interface WriterThreadOptions {
  /** The worker's built file; by default it stands beside the bundle this module is in. */
  readonly workerUrl?: URL | undefined;
  /** The worker has its connection. */
  readonly onOpen?: (() => void) | undefined;
  /** It has answered, and nobody knows yet. */
  readonly onAnswers?: (() => void) | undefined;
}

/**
 * Starts the worker at the first call, since that takes as long as everything else that comes before listening. A worker
 * that cannot open its store, or dies, takes every call with it and is not started again: only the store knows how far
 * it came. One that had no descriptors to start with has come nowhere: the next call starts another.
 */
export function writerThread(
  workerData: WriterWorkerData,
  { workerUrl = new URL('./writer-worker.js', import.meta.url), onOpen, onAnswers }: WriterThreadOptions = {},
): Writer {
  /** `exited` resolves when it is gone, however that came. */
  let started: { readonly worker: Worker; readonly exited: Promise<void> } | undefined;
  const pending = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  /** Calls of this turn of the event loop whose verb shares its commit: they are sent together. */
  let unsent: WriterCall[] = [];
  let lastId = OPEN_ID;
  let isOpen = false;
  let death: EmulatorError | undefined;

  const start = () => {
    const worker = new Worker(workerUrl, {
      workerData,
      name: 'writer',
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB_MAX },
    });
    worker.on('message', (replies: readonly WriterReply[]) => {
      onAnswers?.();
      for (const reply of replies) settle(reply);
    });
    const end = (cause: unknown) => {
      if (started?.worker === worker) giveUp(cause);
    };
    worker.on('messageerror', end);
    worker.on('error', end);
    const exited = new Promise<void>((resolve) => {
      worker.once('exit', (code) => {
        end(new Error(`The worker ended with exit code ${code}.`));
        resolve();
      });
    });
    const opened = () => {
      isOpen = true;
      onOpen?.();
    };
    pending.set(OPEN_ID, { resolve: opened, reject: end });
    return { worker, exited };
  };

  /** What waits is told why. It has died, unless it had no descriptors to start with. */
  const giveUp = (cause: unknown) => {
    const cannotStart = isOpen ? undefined : tooManyFiles(cause);
    // What kept a store from being opened says itself what to do.
    const told = cannotStart ?? (death ??= cause instanceof EmulatorError ? cause : writerDied(cause));
    unsent = [];
    pending.delete(OPEN_ID);
    const waiting = [...pending.values()];
    pending.clear();
    void started?.worker.terminate();
    if (cannotStart !== undefined) started = undefined;
    for (const { reject } of waiting) reject(told);
  };

  const settle = (reply: WriterReply) => {
    const waiting = pending.get(reply.id);
    pending.delete(reply.id);
    // An answer may still be under way when the writer is given up.
    if (reply.kind === 'done') waiting?.resolve(reply.value);
    else waiting?.reject(restoreError(reply.error));
  };

  const sendAll = () => {
    const calls = unsent;
    unsent = [];
    if (calls.length === 0) return;
    try {
      // Copied, not transferred: a body that goes this way is small.
      started?.worker.postMessage(calls, []);
    } catch (error) {
      // Something in them cannot travel.
      for (const { id } of calls) settle({ kind: 'failed', id, error: carryError(error) });
    }
  };

  const call = <Name extends VerbName>(verb: Name, args: VerbArgs[Name]) =>
    new Promise<VerbResults[Name]>((resolve, reject) => {
      if (death !== undefined) {
        reject(death);
        return;
      }
      started ??= start();
      lastId += 1;
      pending.set(lastId, { resolve, reject });
      unsent.push({ id: lastId, verb, args });
      if (VERBS[verb].sharesCommit !== true) sendAll();
      else if (unsent.length === 1) setImmediate(sendAll);
    });

  /** A writer that nobody called, or that is dead, has nothing to close. */
  const close = once(async () => {
    if (started === undefined) {
      giveUp(new Error('It was closed before its first call.'));
      return;
    }
    if (death === undefined) await call('close', []);
    await started.exited;
  });

  return {
    ...writerOf(call),
    acceptBatch: (batch) => call('acceptBatch', [detached(batch)]),
    close,
  };
}

function writerDied(cause: unknown): EmulatorError {
  const message = 'The writer thread has died. Restart the emulator: batches it has accepted will be completed.';
  return new EmulatorError('writer-died', message, { cause });
}

/** Node says so in several ways, by what it could not read: the worker's script, a module, a package's description. */
function tooManyFiles(cause: unknown): EmulatorError | undefined {
  if (cause instanceof EmulatorError) return cause.code === 'too-many-files' ? cause : undefined;
  const found = cause instanceof Error && /\bE[MN]FILE\b|too many open files/i.exec(cause.message);
  if (!found) return undefined;
  const message = 'Too many files and connections are open. Raise the limit (ulimit -n), or close connections.';
  return new EmulatorError('too-many-files', message, { cause });
}

/** An inline body that is a view would drag the whole buffer it looks into along. */
function detached(batch: AcceptedBatch): AcceptedBatch {
  const { body } = batch;
  if (body.kind === 'spooled' || body.bytes.byteLength === body.bytes.buffer.byteLength) return batch;
  return { ...batch, body: { kind: 'inline', bytes: new Uint8Array(body.bytes) } };
}

/** Rows die young: a larger nursery only makes the peak higher (V8 would take 48). */
const YOUNG_GENERATION_MB_MAX = 12;
