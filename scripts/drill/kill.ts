/** A server on one directory is killed at any moment of its life, starting included; what it acknowledged is counted. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Random, randomFor } from '../../src/server/runtime/random.ts';
import { type Acknowledged, CLIENT, end, misses, submit } from './bookkeeping.ts';
import type { Drill } from './drill.ts';
import { launchServer, startServer } from './server.ts';

/** Rounds between two looks at everything; each look begins a new client code, so that it stays as long. */
const ROUNDS_OF_A_LOOK = 50;
const SENDERS = 3;
/** Most of a start. */
const KILLED_AFTER_START_MS_MAX = 600;
const KILLED_AT_WORK_MS_MAX = 400;
const LARGE_ROWS = 1_800;

export const kill: Drill = {
  name: 'kill',
  sentence: 'Kills a server while it starts, accepts, spools, applies, keeps snapshots and drops client codes.',
  unit: 'kills',
  quick: 6,
  full: 1_000,
  async run({ seed, amount, isOver, tell }) {
    const place = mkdtempSync(join(tmpdir(), 'tpe-drill-kill-'));
    const args = ['--data', join(place, 'data'), '--pace', 'immediate'];
    const random = randomFor(seed, 'simulation');
    const failures: string[] = [];
    const counted = { kills: 0, killedWhileStarting: 0, batches: 0, rows: 0, bugs: 0 };
    try {
      while (counted.kills < amount && !isOver()) {
        const acknowledged: Acknowledged = new Map();
        for (let round = 0; round < ROUNDS_OF_A_LOOK && counted.kills < amount && !isOver(); round += 1) {
          const server = launchServer(args);
          const told = { isListening: false };
          const sending = server.listening
            .then((url) => {
              told.isListening = true;
              return sendUntilCut(url, `${counted.kills}`, random, acknowledged);
            })
            .catch(() => undefined);
          if (random.next() < 0.3) {
            await sleep(random.integer(0, KILLED_AFTER_START_MS_MAX));
          } else {
            await server.listening;
            await sleep(random.integer(0, KILLED_AT_WORK_MS_MAX));
          }
          counted.bugs += await end(server, failures, random.next() < 0.9 ? 'SIGKILL' : 'SIGTERM');
          await sending;
          counted.kills += 1;
          if (!told.isListening) counted.killedWhileStarting += 1;
        }
        const server = await startServer(args);
        failures.push(...(await misses(server.url, acknowledged)));
        counted.batches += acknowledged.size;
        for (const { rows } of acknowledged.values()) counted.rows += rows;
        await fetch(`${server.url}/__emulator/clients/${CLIENT}`, { method: 'DELETE' });
        await fetch(`${server.url}/__emulator/drain`, { method: 'POST' });
        counted.bugs += await end(server, failures);
        const left = readdirSync(join(place, 'data', 'spool'));
        if (left.length > 0) failures.push(`bodies of a dropped client code stay: ${left.join(', ')}`);
        tell(`${counted.kills} kills, ${counted.batches} batches, ${failures.length} broken promises`);
      }
    } finally {
      rmSync(place, { recursive: true, force: true });
    }
    return { figures: { ...counted, lostOrTwice: failures.length }, failures };
  },
};

/** Ends when the connection does. */
async function sendUntilCut(url: string, round: string, random: Random, acknowledged: Acknowledged): Promise<void> {
  const send = async (sender: number) => {
    for (let sent = 0; ; sent += 1) {
      const chance = random.next();
      if (chance < 0.05) {
        await fetch(`${url}/__emulator/clients/dropped`, { method: 'DELETE' });
      } else if (chance < 0.1) {
        await submit(url, { name: `D-${round}-${sender}-${sent}`, rows: 5 }, 'dropped');
      } else if (chance < 0.13) {
        const taken = (await (await fetch(`${url}/__emulator/snapshots`, { method: 'POST' })).json()) as {
          snapshot?: string;
        };
        if (taken.snapshot !== undefined) {
          await fetch(`${url}/__emulator/snapshots/${taken.snapshot}`, { method: 'DELETE' });
        }
      } else {
        const batch = {
          name: `B-${round}-${sender}-${sent}`,
          rows: chance > 0.85 ? LARGE_ROWS : random.integer(1, 20),
        };
        const { batchId } = await submit(url, batch);
        if (batchId !== undefined) acknowledged.set(batchId, batch);
      }
    }
  };
  await Promise.allSettled(Array.from({ length: SENDERS }, (_, sender) => send(sender)));
}
