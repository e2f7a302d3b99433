/** The emulator in this process: no socket, a memory store, a clock that stands still, rows applied when the case says so. */
import { createEmulator, virtualClock } from '../server/index.ts';
import type { EmulatorOptions } from '../server/index.ts';
import type { ConformanceCase } from './case.ts';
import { httpSession } from './http-session.ts';
import type { Reply, SentRequest, Session, Target } from './target.ts';

const SEED = 1;
const STARTED_AT = Date.UTC(2026, 0, 1);

/** The authority that in-process requests are sent to: nothing listens there. */
const AUTHORITY = '127.0.0.1:8181';

export function emulatorTarget(): Target {
  return {
    name: 'emulator',
    cannot: () => undefined,
    shows: () => true,
    cannotHave: () => undefined,
    open: openEmulator,
  };
}

async function openEmulator({ options }: ConformanceCase): Promise<Session> {
  const clock = virtualClock(STARTED_AT);
  const emulator = await createEmulator(
    { seed: SEED, pace: 'manual', ...optionValues(options) },
    { clock, drive: 'by-hand' },
  );
  return httpSession({
    startedAt: STARTED_AT,
    authority: AUTHORITY,
    carry: async (request) => replyOf(await emulator.fetch(requestOf(request))),
    async advance(ms) {
      clock.advance(ms);
    },
    async step() {
      await emulator.release();
      await emulator.step();
    },
    async drain() {
      await emulator.release();
      await emulator.drain();
    },
    close: () => emulator.close(),
  });
}

/** Options are written as text; the schema of the options judges the rest. */
function optionValues(options: ConformanceCase['options']): EmulatorOptions {
  const entries = Object.entries(options).map(([name, text]) => {
    if (name === 'allowHost') return [name, text.split(',')];
    return [name, /^\d+$/.test(text) ? Number(text) : text];
  });
  return Object.fromEntries(entries) as EmulatorOptions;
}

function requestOf({ method, path, headers, body }: SentRequest): Request {
  const authority = headers.find(([name]) => name === 'host')?.[1] ?? AUTHORITY;
  const sent = headers.filter(([name]) => name !== 'host').map(([name, value]): [string, string] => [name, value]);
  return new Request(`http://${authority}${path}`, { method, headers: sent, ...(body === undefined ? {} : { body }) });
}

async function replyOf(response: Response): Promise<Reply> {
  return {
    status: response.status,
    cause: response.headers.get('x-emulator-cause') ?? 'none',
    body: Buffer.from(await response.arrayBuffer()).toString('latin1'),
    headers: new Map(response.headers),
  };
}
