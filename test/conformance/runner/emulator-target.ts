/** The emulator in this process: no socket, a memory store, a clock that stands still, rows applied when the case says so. */
import { createEmulator, type EmulatorOptions, virtualClock } from '../../../src/server/index.ts';
import { emulatorPort } from '../../../src/sim/index.ts';
import type { ConformanceCase } from './case.ts';
import type { Session, Target } from './target.ts';

const SEED = 1;
const STARTED_AT = Date.UTC(2026, 0, 1);

/** Of in-process requests: nothing listens there. */
const AUTHORITY = '127.0.0.1:8181';

export function emulatorTarget(): Target {
  return { name: 'emulator', cannot: () => undefined, cannotHave: () => undefined, open };
}

async function open({ options }: ConformanceCase): Promise<Session> {
  const clock = virtualClock(STARTED_AT);
  const given = { seed: SEED, pace: 'manual', ...optionValues(options) } satisfies EmulatorOptions;
  const emulator = await createEmulator(given, { clock, drive: 'by-hand' });
  const port = emulatorPort(emulator, clock, AUTHORITY);
  return { port, authority: AUTHORITY, isClockOurs: true, close: () => emulator.close() };
}

/** Options are written as text; the schema of the options judges the rest. */
function optionValues(options: ConformanceCase['options']): EmulatorOptions {
  const entries = Object.entries(options).map(([name, text]) => {
    if (name === 'allowHost') return [name, text.split(',')];
    return [name, /^\d+$/.test(text) ? Number(text) : text];
  });
  return Object.fromEntries(entries) as EmulatorOptions;
}
