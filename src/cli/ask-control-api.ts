/** Questions to the control API of a running emulator: operations of the harness asked over HTTP, each answer checked. */
import { z } from 'zod';
import { isLoopbackHost } from '../client/endpoint.ts';
import { controlRequest } from '../server/control/control-path.ts';
import { controlTokenField } from '../server/harness/control-token.ts';
import type { Operation } from '../server/harness/operation.ts';
import { error as errorReply } from '../server/harness/replies.ts';
import type { Environment } from './environment.ts';
import { Problem } from './problem.ts';
import { printable } from './printable.ts';

export const emulatorUrlField = z
  .url({ protocol: /^https?$/ })
  .optional()
  .describe('The emulator. Default: http://127.0.0.1 with the port of TPE_PORT, or 8181.');

/** What every command has that asks a running emulator. */
export const controlFields = {
  url: emulatorUrlField,
  controlToken: controlTokenField,
};

/** Where an emulator of this machine listens unless somebody says otherwise. */
export function emulatorUrl(url: string | undefined, environment: Environment): string {
  return url ?? `http://127.0.0.1:${environment.option('TPE_PORT') ?? '8181'}`;
}

export interface ControlQuestion<Args extends unknown[], Reply> {
  readonly url: string;
  readonly operation: Operation<(...args: Args) => unknown, unknown, Reply>;
  readonly args: Args;
  readonly signal: AbortSignal;
  /** What the emulator wants beyond loopback. */
  readonly token?: string | undefined;
  /** 30 seconds unless told. */
  readonly timeoutMs?: number;
}

export type ControlAnswer<Reply> =
  | { readonly kind: 'told'; readonly reply: Reply }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }
  /** Something answered that is no emulator, or one of another release. */
  | { readonly kind: 'foreign'; readonly status: number }
  /** `next` starts one, where nothing listens on a port of this machine. */
  | { readonly kind: 'none'; readonly reason: string; readonly next: string | undefined };

export async function controlAnswer<Args extends unknown[], Reply>(
  question: ControlQuestion<Args, Reply>,
): Promise<ControlAnswer<Reply>> {
  const { url, operation, args, signal, token, timeoutMs = REPLY_TIMEOUT_MS } = question;
  try {
    const { method, path, body } = controlRequest(operation, args);
    const reply = await fetch(new URL(path, url), {
      method,
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      redirect: 'error',
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }),
    });
    const json = parsedOrNothing(await reply.text());
    const schema = operation.replies[reply.status];
    if (schema === null) return { kind: 'told', reply: undefined as Reply };
    const told = schema?.().safeParse(json);
    if (told?.success === true) return { kind: 'told', reply: told.data as Reply };
    const refused = errorReply().safeParse(json);
    return refused.success ? { kind: 'refused', ...refused.data.error } : { kind: 'foreign', status: reply.status };
  } catch (error) {
    return { kind: 'none', ...noAnswer(url, error, timeoutMs) };
  }
}

/** The answer, or a problem with its remedy. */
export async function askControlApi<Args extends unknown[], Reply>(
  question: ControlQuestion<Args, Reply>,
): Promise<Reply> {
  const answer = await controlAnswer(question);
  const { url } = question;
  if (answer.kind === 'told') return answer.reply;
  if (answer.kind === 'none') throw unasked(url, answer);
  if (answer.kind === 'foreign') {
    const message = `${url} answered ${answer.status}: it is no emulator, or of another release.`;
    throw new Problem(message, { reason: 'usage', code: 'unexpected-answer' });
  }
  const message = printable(answer.message.replace(/^target-profile-emulator: /, ''));
  throw new Problem(message, { reason: 'usage', code: answer.code });
}

export function unasked(url: string, { reason, next }: ReturnType<typeof noAnswer>): Problem {
  const message = `The emulator at ${url} cannot be asked: ${reason}`;
  return new Problem(message, { reason: 'temporary', code: 'not-ready', next });
}

const REPLY_TIMEOUT_MS = 30_000;

function parsedOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Why nothing was told, and what helps: whatever answers in another way, or not in time, holds the port. */
export function noAnswer(url: string, error: unknown, timeoutMs: number) {
  if (!(error instanceof Error)) return { reason: String(error), next: undefined };
  if (error.name === 'TimeoutError') return { reason: `no answer within ${timeoutMs / 1000} s`, next: undefined };
  // fetch hides the system's word in `cause`; what undici cannot read as HTTP has no code.
  const cause = error.cause instanceof Error ? error.cause : error;
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
  const [, meaning = 'the connection failed'] = MEANINGS.find(([pattern]) => pattern.test(code)) ?? [];
  const reason = `${meaning.replace('URL', url.replace(/^https/, 'http'))} (${code})`;
  return { reason, next: code === 'ECONNREFUSED' ? serveCommandAt(url) : undefined };
}

const MEANINGS: readonly (readonly [RegExp, string])[] = [
  [/^ECONNREFUSED$/, 'nothing listens there'],
  [/^(?:ENOTFOUND|EAI_AGAIN)$/, 'no host has this name'],
  [/^(?:EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)$/, 'no way leads there'],
  [/^(?:EPROTO|ERR_SSL_)/, 'no TLS is spoken there: ask URL'],
  [
    /CERT|^UNABLE_TO_|^ERR_TLS_/,
    'its certificate is not trusted: name the file of its CA in NODE_EXTRA_CA_CERTS (tpe ca --how)',
  ],
  [/^(?:HPE_|UND_ERR_SOCKET|ECONNRESET)|Response does not match/, 'something else answers there'],
];

/** Starts an emulator where one was looked for; undefined for another machine, where nothing typed here helps. */
function serveCommandAt(url: string): string | undefined {
  const { protocol, hostname, port } = new URL(url);
  if (!isLoopbackHost(hostname)) return undefined;
  const isUsual = hostname === 'localhost' || hostname === '127.0.0.1';
  const host = isUsual ? '' : ` --host ${hostname.replace(/^\[|\]$/g, '')}`;
  if (protocol === 'https:') return `tpe serve${host} --port 0 --tls-port ${port || '443'}`;
  return `tpe serve${host}${port === '8181' ? '' : ` --port ${port || '80'}`}`;
}
