/** `npm run soak -- [--seed N] [--commands N]`: model and emulator through 100,000 random commands; exit 1 when they disagree. */
import { randomInt } from 'node:crypto';
import { argv, exit, stderr } from 'node:process';
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { DEFAULT_SETTINGS } from '../src/protocol/vocabulary/index.ts';
import type { Settings } from '../src/protocol/vocabulary/index.ts';
import { createEmulator, virtualClock } from '../src/server/index.ts';
import { openMemoryStore } from '../src/server/jobs/open-store.ts';
import {
  anySettings,
  commandSequence,
  describeSettings,
  disagreement,
  emulatorPort,
  modelPort,
} from '../src/sim/index.ts';

/** Longer than in the laws: a soak is for what needs a history. */
const SEQUENCE_LENGTH_MAX = 60;
/** Sequences between two lines of progress; each round has a seed of its own. */
const ROUND = 50;

const { values } = parseArgs({
  args: argv.slice(2),
  options: { seed: { type: 'string' }, commands: { type: 'string', default: '100000' } },
});
const seed = values.seed === undefined ? randomInt(2 ** 31) : wholeNumber(values.seed);
const commandsWanted = wholeNumber(values.commands);
stderr.write(`soak: ${commandsWanted} commands, seed ${seed}\n`);

let commandsDone = 0;
for (let round = 0; ; round += 1) {
  const emulators = { create: await openPair('create'), refuse: await openPair('refuse') };
  let clients = 0;
  const property = fc.asyncProperty(anySettings(), commandSequence(SEQUENCE_LENGTH_MAX), async (settings, commands) => {
    const { port, clock, defaults } = emulators[settings.unknownClients];
    clients += 1;
    const client = `c${clients}`;
    commandsDone += commands.length;
    const model = modelPort(defaults, clock.now());
    const found = await disagreement(commands, { client, settings, system: port, model });
    await port.dropClient(client);
    if (found !== undefined) throw new Error(`${describeSettings(settings)}. ${found}`);
  });
  const result = await fc.check(property, { seed: (seed + round) | 0, numRuns: ROUND });
  if (result.failed) {
    stderr.write(`${fc.defaultReportMessage(result)}\n`);
    stderr.write(`soak: model and emulator disagree. Replay: npm run soak -- --seed ${(seed + round) | 0}\n`);
    exit(1);
  }
  stderr.write(`soak: ${commandsDone} of ${commandsWanted} commands, no disagreement\n`);
  for (const { emulator } of Object.values(emulators)) await emulator.close();
  if (commandsDone >= commandsWanted) break;
}

/** An emulator for settings that no client code can have of its own, with slices of two rows. */
async function openPair(unknownClients: Settings['unknownClients']) {
  const clock = virtualClock();
  const store = openMemoryStore({ sliceRowsMax: 2 });
  const emulator = await createEmulator({ pace: 'manual', unknownClients }, { clock, store, drive: 'by-hand' });
  return { emulator, clock, port: emulatorPort(emulator, clock), defaults: { ...DEFAULT_SETTINGS, unknownClients } };
}

function wholeNumber(text: string): number {
  if (!/^\d{1,10}$/.test(text)) {
    stderr.write(`soak: "${text}" is no whole number\n`);
    exit(2);
  }
  return Number(text);
}
