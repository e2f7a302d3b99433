/** One emulator for all runs of a law, and a client code that nobody has used for each of them. */
import { afterAll } from 'vitest';
import { openMemoryStore } from '../../src/server/jobs/open-store.ts';
import { createEmulator, virtualClock } from '../../src/server/index.ts';
import type { Emulator, VirtualClock } from '../../src/server/index.ts';
import { DEFAULT_SETTINGS } from '../../src/protocol/vocabulary/index.ts';
import type { Settings } from '../../src/protocol/vocabulary/index.ts';
import { describeSettings, disagreement, emulatorPort, modelPort } from '../../src/sim/index.ts';
import type { Command, ModelPort, Port } from '../../src/sim/index.ts';

export interface World {
  readonly emulator: Emulator;
  readonly clock: VirtualClock;
  readonly port: Port;
  /** Settings of client codes that have none of their own. */
  readonly defaults: Settings;
}

/** Small, so that a batch of a few rows is applied in several slices. */
export const SLICE_ROWS = 2;

const worlds = new Map<string, Promise<World>>();
const opened: Emulator[] = [];
let clients = 0;

/** Strict and lenient about unknown clients are two emulators: no client's own settings can say it. */
export function worldOf({ unknownClients }: Pick<Settings, 'unknownClients'> = DEFAULT_SETTINGS): Promise<World> {
  const known = worlds.get(unknownClients);
  if (known !== undefined) return known;
  const world = createWorld(unknownClients);
  worlds.set(unknownClients, world);
  return world;
}

/** Runs `body` with a fresh client code under these settings; what it left behind is dropped. */
export async function withClient<Result>(
  settings: Settings,
  body: (client: string, world: World) => Promise<Result>,
): Promise<Result> {
  const world = await worldOf(settings);
  clients += 1;
  const client = `c${clients}`;
  if (describeSettings(settings) !== 'defaults') await world.port.writeSettings(client, settings);
  try {
    return await body(client, world);
  } finally {
    await world.port.dropClient(client);
  }
}

/** Both systems through the same commands; undefined when they agree. */
export async function disagreementOf(commands: readonly Command[], settings: Settings): Promise<string | undefined> {
  return withClient(settings, (client, world) =>
    disagreement(commands, { client, settings, system: world.port, model: modelOf(world) }),
  );
}

export function modelOf({ clock, defaults }: World): ModelPort {
  return modelPort(defaults, clock.now());
}

async function createWorld(unknownClients: Settings['unknownClients']): Promise<World> {
  const clock = virtualClock();
  const store = openMemoryStore({ sliceRowsMax: SLICE_ROWS });
  const emulator = await createEmulator({ pace: 'manual', unknownClients }, { clock, store, drive: 'by-hand' });
  opened.push(emulator);
  return { emulator, clock, port: emulatorPort(emulator, clock), defaults: { ...DEFAULT_SETTINGS, unknownClients } };
}

afterAll(async () => {
  for (const emulator of opened) await emulator.close();
});
