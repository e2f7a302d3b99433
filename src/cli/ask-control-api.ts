/** Questions to the control API of a running emulator: operations of the harness asked over HTTP, each answer checked. */
import { z } from 'zod';
import { isLoopbackHost } from '../client/endpoint.ts';
import { controlRequest } from '../server/control/control-path.ts';
import { controlTokenField } from '../server/harness/judged-fields.ts';
import type { Operation } from '../server/harness/operation.ts';
import { error as errorReply } from '../server/harness/replies.ts';
import type { Context } from './context.ts';
import { jsonOrNothing } from './named-file.ts';
import { Problem } from './problem.ts';
import { printable } from './printable.ts';

export const emulatorUrlField = z
  .url({ protocol: /^https?$/ })
  .optional()
  .describe('The emulator. Default: http://127.0.0.1 with the port of TPE_PORT, or 8181.');

/** What every command has that asks a running emulator. */
export const controlFields = { url: emulatorUrlField, controlToken: controlTokenField };

const REPLY_TIMEOUT_MS = 30_000;

/** The emulator that options name, by default that of this machine, as something to ask. */
export function runningEmulator(
  { url: given, controlToken: token }: Partial<z.output<z.ZodObject<typeof controlFields>>>,
  { environment, signal }: Pick<Context, 'environment' | 'signal'>,
  timeoutMs = REPLY_TIMEOUT_MS,
) {
  const port = environment.option('TPE_PORT') ?? '8181';
  if (given === undefined && port === '0') throw anyPort();
  const url = given ?? `http://127.0.0.1:${port}`;
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  /** @throws NoAnswer */
  const reach = async (path: string, init: { readonly method?: string; readonly body?: string } = {}) => {
    const within = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    try {
      const reply = await fetch(new URL(path, url), { ...init, headers, signal: within, redirect: 'error' });
      return { status: reply.status, text: await reply.text() };
    } catch (error) {
      throw noAnswer(url, error, timeoutMs);
    }
  };
  /** The answer to an operation, which was judged. @throws Problem with its remedy */
  const ask = async <Args extends unknown[], Reply>(
    operation: Operation<(...args: Args) => unknown, unknown, Reply>,
    ...args: Args
  ): Promise<Reply> => {
    const { method, path, body } = controlRequest(operation, args);
    if (/\/\.\.?(?:[/?]|$)/.test(path)) throw new Problem(DOT_ID, { reason: 'usage', code: 'unreachable-id' });
    const { status, text } = await reach(path, { method, ...(body !== undefined && { body: JSON.stringify(body) }) });
    const schema = operation.replies[status];
    if (schema === null) return undefined as Reply;
    const json = jsonOrNothing(text);
    const told = schema?.().safeParse(json);
    if (told?.success === true) return told.data as Reply;
    const refused = errorReply().safeParse(json);
    if (!refused.success) throw foreign(`${url} answered ${status}: it is no emulator, or of another release.`);
    const { code, message } = refused.data.error;
    const said = printable(message.replace(/^target-profile-emulator: /, ''));
    // How a program sends it helps nobody who types a command.
    const sentence =
      code === 'control-token'
        ? `${said.split('. ')[0]}. Give it by --control-token or TPE_CONTROL_TOKEN; it was printed at the start`
        : said;
    throw new Problem(`${url}: ${sentence}`, { reason: 'usage', code });
  };
  return { url, reach, ask };
}

const DOT_ID =
  'No URL can ask for what is called . or .. alone (our-dot-id): of a visitor ask for another id, or in process';

export type Ask = ReturnType<typeof runningEmulator>['ask'];

const anyPort = () =>
  new Problem('TPE_PORT is 0, a free port that the emulator has taken: say where it is with --url, as it printed it', {
    reason: 'usage',
    code: 'bad-option',
  });

/** Something answered that is no emulator, or one of another release. */
export const foreign = (message: string) => new Problem(message, { reason: 'usage', code: 'unexpected-answer' });

/** `next` starts an emulator, where nothing listens on a port of this machine. */
export class NoAnswer extends Problem {
  readonly why: string;

  constructor(url: string, why: string, next?: string) {
    super(`The emulator at ${url} cannot be asked: ${why}`, { reason: 'temporary', code: 'not-ready', next });
    this.why = why;
  }
}

/** Whatever answers in another way, or not in time, holds the port. */
function noAnswer(url: string, error: unknown, timeoutMs: number): NoAnswer {
  if (!(error instanceof Error)) return new NoAnswer(url, String(error));
  if (error.name === 'TimeoutError') return new NoAnswer(url, `no answer within ${timeoutMs / 1000} s`);
  // fetch hides the system's word in `cause`; what undici cannot read as HTTP has no code.
  const { code, message } = (error.cause ?? error) as NodeJS.ErrnoException;
  const word = code ?? message;
  const [, meaning = 'the connection failed'] = MEANINGS.find(([pattern]) => pattern.test(word)) ?? [];
  const why = `${meaning.replace('URL', url.replace(/^https/, 'http'))} (${word})`;
  return new NoAnswer(url, why, word === 'ECONNREFUSED' ? serveCommandAt(url) : undefined);
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
