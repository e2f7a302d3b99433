/**
 * A server that listens on this machine, ours or anybody's. It is asked what it is; what it cannot show is left out with
 * a reason. Only loopback addresses are accepted, and nothing is ever sent anywhere else.
 */
import { request as httpRequest } from 'node:http';
import type { ConformanceCase, Step } from './case.ts';
import { httpSession } from './http-session.ts';
import { clientsOf } from './run-case.ts';
import type { Reply, SentRequest, Session, Target } from './target.ts';

/** Status requests before a batch counts as never complete. */
const POLLS_MAX = 20_000;

/** What the server says of itself; undefined where there is no control API. */
type Health = { readonly pace: string; readonly seed: number } | undefined;

export async function loopbackTarget(url: string, name = url): Promise<Target> {
  const origin = loopbackOrigin(url);
  const health = await askHealth(origin);
  return {
    name,
    cannot: (step) => cannot(step, health),
    shows: () => true,
    cannotHave: (options) => cannotHave(options, health),
    open: (conformanceCase) => openSession(origin, health, conformanceCase),
  };
}

/** Throws for everything but a loopback `http:` URL: conformance cases write profiles. */
export function loopbackOrigin(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (
    parsed === undefined ||
    parsed.protocol !== 'http:' ||
    !LOOPBACK.test(parsed.hostname) ||
    parsed.username !== ''
  ) {
    throw new Error(
      `TPE_CONFORMANCE_URL is ${JSON.stringify(url)}; it must be http:// on a loopback address, such as http://127.0.0.1:8181`,
    );
  }
  return parsed;
}

/** `localhost` is left out on purpose: only an address says for sure where it leads. */
const LOOPBACK = /^(?:127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/;

function cannot(step: Step, health: Health): string | undefined {
  switch (step.kind) {
    case 'advance':
      return 'its clock cannot be moved';
    case 'step':
      return 'it applies slices when it likes';
    case 'settings':
    case 'seed':
    case 'visit':
    case 'batch':
    case 'rows':
    case 'diagnostics':
    case 'profile':
      return health === undefined ? 'it has no control API' : undefined;
    case 'request':
    case 'client':
    case 'drain':
      return undefined;
    default:
      return unreachable(step);
  }
}

function cannotHave(options: ConformanceCase['options'], health: Health): string | undefined {
  for (const [name, value] of Object.entries(options)) {
    if (name === 'pace' && health?.pace === value) continue;
    return `it was started without ${name}=${value}`;
  }
  return undefined;
}

async function openSession(origin: URL, health: Health, conformanceCase: ConformanceCase): Promise<Session> {
  /** Links to batches of this case whose status nobody has asked for. */
  const unasked = new Set<string>();
  const carry = async (sent: SentRequest): Promise<Reply> => {
    const reply = await exchange(origin, sent);
    const batchId = reply.body?.match(/<batchStatus>[^<]*batchId=([^<&]+)/)?.[1];
    if (batchId !== undefined)
      unasked.add(`/m2/${batchId.replace(/-\d+-\d+$/, '')}/profile/batchStatus?batchId=${batchId}`);
    const asked = sent.path.match(/batchId=([^&]+)/)?.[1];
    for (const link of unasked) if (asked !== undefined && link.endsWith(`=${asked}`)) unasked.delete(link);
    return reply;
  };
  const get = (path: string) => exchange(origin, { method: 'GET', path, headers: [], body: undefined });
  const clear = async () => {
    if (health === undefined) return;
    for (const client of clientsOf(conformanceCase)) {
      await exchange(origin, { method: 'DELETE', path: `/__emulator/clients/${client}`, headers: [], body: undefined });
    }
  };
  await clear();
  const session = httpSession({
    startedAt: undefined,
    authority: origin.host,
    carry,
    advance: () => Promise.reject(new Error('its clock cannot be moved')),
    step: () => Promise.reject(new Error('it applies slices when it likes')),
    async drain() {
      if (health === undefined) {
        for (const link of unasked) await until(async () => !/<status>incomplete</.test((await get(link)).body ?? ''));
        return;
      }
      for (const client of clientsOf(conformanceCase)) {
        await exchange(origin, {
          method: 'POST',
          path: `/__emulator/clients/${client}/release`,
          headers: [],
          body: undefined,
        });
      }
      for (const client of clientsOf(conformanceCase)) {
        const batches = `/__emulator/batches?client=${client}&limit=1000`;
        await until(async () => !/"status":"incomplete"/.test((await get(batches)).body ?? ''));
      }
      // A realistic pace shows `incomplete` once whatever happens; cases that are not about that do not expect it.
      const showsOnce = health.pace === 'realistic' && conformanceCase.options['pace'] !== 'realistic';
      for (const link of showsOnce ? unasked : []) await get(link);
    },
    close: clear,
  });
  return session;
}

/** Asks again at once: each question is a turn for the server. */
async function until(isDone: () => Promise<boolean>): Promise<void> {
  for (let polls = 0; polls < POLLS_MAX; polls += 1) if (await isDone()) return;
  throw new Error(`still not done after ${POLLS_MAX} questions`);
}

async function askHealth(origin: URL): Promise<Health> {
  const reply = await exchange(origin, { method: 'GET', path: '/__emulator/health', headers: [], body: undefined });
  try {
    const { pace, seed } = JSON.parse(reply.body ?? '') as { pace?: unknown; seed?: unknown };
    return typeof pace === 'string' && typeof seed === 'number' ? { pace, seed } : undefined;
  } catch {
    return undefined;
  }
}

/** Paths and headers exactly as written: `fetch` would tidy them up. */
function exchange(origin: URL, { method, path, headers, body }: SentRequest): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      {
        host: origin.hostname.replace(/^\[|\]$/g, ''),
        port: origin.port === '' ? 80 : Number(origin.port),
        method,
        path,
        // A connection each: an idle one may be closed by the server just as it is used again.
        agent: false,
        headers: { host: origin.host, ...Object.fromEntries(headers), 'content-length': body?.byteLength ?? 0 },
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () =>
          resolve({
            status: incoming.statusCode,
            cause: headerText(incoming.headers['x-emulator-cause']) ?? 'none',
            body: Buffer.concat(chunks).toString('latin1'),
            headers: new Map(Object.entries(incoming.headers).map(([name, value]) => [name, headerText(value) ?? ''])),
          }),
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

const headerText = (value: string | string[] | undefined) => (Array.isArray(value) ? value.join(', ') : value);

function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
