/** What the main thread and the writer thread say to each other. */
import { EmulatorError, type EmulatorErrorCode } from '../runtime/emulator-error.ts';
import type { VerbArgs, VerbName } from '../store/verbs.ts';
import type { StepOptions } from './batch-steps.ts';

/** What the worker is started with. */
export interface WriterWorkerData extends Omit<StepOptions, 'hash'> {
  readonly directory: string;
  /** Bytes of bodies and outcomes kept of ended batches. Default 1 GiB. */
  readonly retainedBytesMax?: number | undefined;
}

/** Nobody asks for it: the worker's first reply says whether its store is open. */
export const OPEN_ID = 0;

/**
 * Calls and replies travel several to a message. Each call is answered by the reply with its id; they are carried out in
 * the order they were sent.
 */
export interface WriterCall<Name extends VerbName = VerbName> {
  readonly id: number;
  readonly verb: Name;
  readonly args: VerbArgs[Name];
}

export type WriterReply =
  | { readonly kind: 'done'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly error: CarriedError };

/** An error on its way: between threads it would lose its class and its code. */
export interface CarriedError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly code: string | undefined;
  readonly cause: CarriedError | undefined;
}

export function carryError(thrown: unknown): CarriedError {
  const error: Error & { readonly code?: unknown } = thrown instanceof Error ? thrown : new Error(String(thrown));
  const code = typeof error.code === 'string' ? error.code : undefined;
  const cause = error.cause === undefined ? undefined : carryError(error.cause);
  return { name: error.name, message: error.message, stack: error.stack, code, cause };
}

export function restoreError({ name, message, stack, code, cause }: CarriedError): Error {
  const options = cause && { cause: restoreError(cause) };
  const error =
    name === 'EmulatorError'
      ? new EmulatorError(code as EmulatorErrorCode, message, options)
      : Object.assign(new Error(message, options), { name }, code && { code });
  if (stack !== undefined) error.stack = stack;
  return error;
}
