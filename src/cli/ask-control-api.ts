/** Questions to the control API of a running emulator, each answer checked, each failure a problem with its remedy. */
import type { z } from 'zod';
import type { Environment } from './environment.ts';
import { Problem } from './problem.ts';
import { printable } from './printable.ts';

/** Where an emulator of this machine listens unless somebody says otherwise. */
export function emulatorUrl(url: string | undefined, environment: Environment): string {
  return url ?? `http://127.0.0.1:${environment.option('TPE_PORT') ?? '8181'}`;
}

export interface ControlQuestion<Schema extends z.ZodType> {
  readonly url: string;
  /** Below `/__emulator/`, encoded. */
  readonly path: string;
  readonly answer: Schema;
  readonly signal: AbortSignal;
}

export async function askControlApi<Schema extends z.ZodType>(
  question: ControlQuestion<Schema>,
): Promise<z.output<Schema>> {
  const { url, path, answer, signal } = question;
  const { status, json } = await getJson(new URL(`/__emulator/${path}`, url), url, signal);
  const parsed = answer.safeParse(json);
  if (status === 200 && parsed.success) return parsed.data;
  const code = textAt(json, 'code') ?? 'unexpected-answer';
  const message = textAt(json, 'message') ?? `${url} answered ${status}: it is no emulator, or of another release.`;
  throw new Problem(printable(message.replace(/^target-profile-emulator: /, '')), { reason: 'usage', code });
}

async function getJson(target: URL, url: string, signal: AbortSignal): Promise<{ status: number; json: unknown }> {
  try {
    const reply = await fetch(target, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(REPLY_TIMEOUT_MS)]),
      redirect: 'error',
    });
    const text = await reply.text();
    return { status: reply.status, json: parsedOrNothing(text) };
  } catch (error) {
    const message = `The emulator at ${url} cannot be asked: ${reasonOf(error)}`;
    throw new Problem(message, { reason: 'temporary', code: 'not-ready', next: 'tpe serve', cause: error });
  }
}

const REPLY_TIMEOUT_MS = 30_000;

/** The field of `{error: {...}}`. */
function textAt(json: unknown, field: 'code' | 'message'): string | undefined {
  const { error } = (json ?? {}) as { readonly error?: Readonly<Record<string, unknown>> };
  const text = error?.[field];
  return typeof text === 'string' ? text : undefined;
}

function parsedOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** fetch hides the system's word in `cause`. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${REPLY_TIMEOUT_MS / 1000} s`;
  const { cause } = error;
  return cause instanceof Error && 'code' in cause ? `the connection failed (${String(cause.code)})` : error.message;
}
