/** Files that reach the size the system allows, and descriptors that are used up by idle connections. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Acknowledged, end, misses, submit } from './bookkeeping.ts';
import type { Drill } from './drill.ts';
import { type DrilledServer, startServer } from './server.ts';

const NAMED = new Set(['disk-full', 'data-directory-unusable', 'too-many-files']);
/** What Node itself opens, and a few. */
const DESCRIPTORS = 64;
const CONNECTIONS = 120;
const FILE_KIB = 1_024;

export const limits: Drill = {
  name: 'limits',
  sentence: 'Uses up descriptors and file sizes under a working server, and lets go.',
  unit: 'rounds',
  quick: 2,
  full: 20,
  async run({ amount, isOver, tell }) {
    const failures: string[] = [];
    const counted = { rounds: 0, acknowledged: 0, refused: 0, connections: 0, bugs: 0 };
    for (; counted.rounds < amount && !isOver(); counted.rounds += 1) {
      const place = mkdtempSync(join(tmpdir(), 'tpe-drill-limits-'));
      const args = ['--data', join(place, 'data'), '--pace', 'immediate'];
      const isFiles = counted.rounds % 2 === 1;
      const server = await startServer(args, { under: isFiles ? `ulimit -f ${FILE_KIB}` : `ulimit -n ${DESCRIPTORS}` });
      const acknowledged: Acknowledged = new Map();
      const take = async (name: string, rows: number) => {
        const { status, code, batchId, text } = await submit(server.url, { name, rows });
        if (batchId !== undefined) acknowledged.set(batchId, { name, rows });
        else {
          counted.refused += 1;
          if (status !== 500 || code === undefined || !NAMED.has(code))
            failures.push(`refused with ${status}: ${text}`);
        }
      };
      try {
        if (isFiles) {
          for (let sent = 0; sent < 12; sent += 1) await take(`L-${sent}`, sent % 2 === 0 ? 40_000 : 500);
        } else {
          counted.connections += await crowded(server, take);
        }
        counted.bugs += await end(server, failures);
        const again = await startServer(args);
        failures.push(...(await misses(again.url, acknowledged)));
        counted.acknowledged += acknowledged.size;
        counted.bugs += await end(again, failures);
      } finally {
        await server.kill();
        rmSync(place, { recursive: true, force: true });
      }
      tell(`${counted.rounds + 1} rounds, ${failures.length} broken promises`);
    }
    if (counted.refused === 0) failures.push('no limit was reached');
    return { figures: counted, failures };
  },
};

/** One sender among many connections that ask nothing: bodies need a descriptor of their own. */
async function crowded(server: DrilledServer, take: (name: string, rows: number) => Promise<void>): Promise<number> {
  const { port } = new URL(server.url);
  // Its connection is kept, and needs no other while the crowd is there.
  await take('before', 10);
  const crowd: Socket[] = [];
  for (let made = 0; made < CONNECTIONS; made += 1) {
    const socket = connect(Number(port), '127.0.0.1').on('error', () => undefined);
    crowd.push(socket);
    await Promise.race([once(socket, 'connect'), once(socket, 'close')]).catch(() => undefined);
  }
  for (let sent = 0; sent < 5; sent += 1) {
    await take(`small-${sent}`, 10).catch(() => undefined);
    await take(`large-${sent}`, 3_000).catch(() => undefined);
  }
  for (const socket of crowd) socket.destroy();
  while (server.isRunning() && !(await hasRoom(server))) await new Promise((resolve) => setImmediate(resolve));
  await take('after', 3_000);
  return crowd.length;
}

const hasRoom = ({ url }: DrilledServer) =>
  fetch(`${url}/__emulator/health`).then(
    (reply) => reply.ok,
    () => false,
  );
