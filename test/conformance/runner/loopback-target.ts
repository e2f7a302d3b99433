/**
 * A server that listens on this machine, ours or anybody's. It is asked what it is; what it cannot show is left out with
 * a reason. Only loopback addresses are accepted, and nothing is ever sent anywhere else.
 */
import type { Port, Reply, SentRequest } from '../../../src/sim/index.ts';
import type { ConformanceCase, Step } from './case.ts';
import { controlPort } from './control-port.ts';
import { exchange } from './exchange.ts';
import { clientsOf } from './run-case.ts';
import type { Session, Target } from './target.ts';

/** Status requests before a batch counts as never complete. */
const POLLS_MAX = 20_000;

/** The pace that the server was started with; undefined where there is no control API. */
type Pace = string | undefined;

export async function loopbackTarget(url: string, name = url): Promise<Target> {
  const origin = loopbackOrigin(url);
  const pace = await askPace(origin);
  return {
    name,
    cannot: (step) => cannot(step, pace),
    cannotHave(options) {
      const other = Object.entries(options).find(([option, value]) => option !== 'pace' || value !== pace);
      return other && `it was started without ${other.join('=')}`;
    },
    open: (conformanceCase) => openSession(origin, pace, conformanceCase),
  };
}

/** Throws for everything but a loopback `http:` URL: conformance cases write profiles. */
export function loopbackOrigin(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol !== 'http:' || !LOOPBACK.test(parsed.hostname) || parsed.username !== '') {
    throw new Error(
      `TPE_CONFORMANCE_URL is ${JSON.stringify(url)}; it must be http:// on a loopback address, such as http://127.0.0.1:8181`,
    );
  }
  return parsed;
}

/** `localhost` is left out on purpose: only an address says for sure where it leads. */
const LOOPBACK = /^(?:127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/;

function cannot({ kind }: Step, pace: Pace): string | undefined {
  if (kind === 'advance') return 'its clock cannot be moved';
  if (kind === 'step') return 'it applies slices when it likes';
  const isOfTheApi = kind === 'request' || kind === 'client' || kind === 'drain';
  return isOfTheApi || pace !== undefined ? undefined : 'it has no control API';
}

async function openSession(origin: URL, pace: Pace, conformanceCase: ConformanceCase): Promise<Session> {
  /** Links to batches of this case whose status no step has asked for, by batch id. */
  const unasked = new Map<string, string>();
  const send = async (request: SentRequest): Promise<Reply> => {
    const reply = await exchange(origin, request);
    const batchId = textOf(reply).match(/<batchStatus>[^<]*batchId=([^<&]+)/)?.[1];
    if (batchId !== undefined)
      unasked.set(batchId, `/m2/${batchId.replace(/-\d+-\d+$/, '')}/profile/batchStatus?batchId=${batchId}`);
    unasked.delete(request.path.match(/batchId=([^&]+)/)?.[1] ?? '');
    return reply;
  };
  const answers = async (path: string) => textOf(await exchange(origin, { method: 'GET', path, headers: [] }));
  const apply: Port['apply'] = async (client) => {
    if (pace === undefined) {
      for (const link of unasked.values()) await until(async () => !/<status>incomplete</.test(await answers(link)));
      return [];
    }
    await exchange(origin, { method: 'POST', path: `/__emulator/clients/${client}/release`, headers: [] });
    const batches = `/__emulator/batches?client=${client}&limit=1000`;
    await until(async () => !/"status":"incomplete"/.test(await answers(batches)));
    // A realistic pace shows `incomplete` once whatever happens; cases that are not about that do not expect it.
    const showsOnce = pace === 'realistic' && conformanceCase.options['pace'] !== 'realistic';
    for (const link of showsOnce ? unasked.values() : []) await answers(link);
    return [];
  };
  const port = controlPort(send, apply);
  const close = async () => {
    for (const client of pace === undefined ? [] : clientsOf(conformanceCase)) await port.dropClient(client);
  };
  await close();
  return { port, authority: origin.host, isClockOurs: false, close };
}

/** Asks again at once: each question is a turn for the server. */
async function until(isDone: () => Promise<boolean>): Promise<void> {
  for (let polls = 0; polls < POLLS_MAX; polls += 1) if (await isDone()) return;
  throw new Error(`still not done after ${POLLS_MAX} questions`);
}

async function askPace(origin: URL): Promise<Pace> {
  const reply = await exchange(origin, { method: 'GET', path: '/__emulator/health', headers: [] });
  try {
    const { pace, seed } = JSON.parse(textOf(reply)) as { readonly pace?: unknown; readonly seed?: unknown };
    return typeof pace === 'string' && typeof seed === 'number' ? pace : undefined;
  } catch {
    return undefined;
  }
}

const textOf = ({ body }: Reply) => Buffer.from(body).toString('latin1');
