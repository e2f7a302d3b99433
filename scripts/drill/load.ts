/** Hours of mixed load on a clock that is moved: memory stays flat, files bounded, and nothing fails. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Random, randomFor } from '../../src/server/runtime/random.ts';
import { bodyOf, end } from './bookkeeping.ts';
import type { Drill } from './drill.ts';
import { type DrilledServer, startServer } from './server.ts';

const MINUTES_OF_AN_HOUR = 60;
const CALLS_OF_A_MINUTE = 12;
const CLIENTS = 6;
const CUSTOMERS = 3_000;
/** Of the last hours to those after the first third, in which caches and pages fill. */
const GROWTH_MAX = 1.15;
/** The journal has 128 MiB; bodies and profiles of this load stay far below. */
const FILES_BYTES_MAX = 768 * 1024 * 1024;

export const load: Drill = {
  name: 'load',
  sentence: 'Sends hours of mixed calls while a virtual clock goes by.',
  unit: 'hours',
  quick: 1,
  full: 24,
  async run({ seed, amount, isOver, tell }) {
    const place = mkdtempSync(join(tmpdir(), 'tpe-drill-load-'));
    const data = join(place, 'data');
    const server = await startServer(['--data', data, '--clock', 'virtual', '--pace', 'realistic'], {
      // V8 gives new objects ever more room by chance, and takes none back: held, what grows is what stays.
      env: { NODE_OPTIONS: '--max-semi-space-size=8' },
    });
    const random = randomFor(seed, 'simulation');
    const failures: string[] = [];
    const memoryMb: number[] = [];
    const counted = { hours: 0, calls: 0, errors: 0, slowestMs: 0 };
    try {
      for (; counted.hours < amount && !isOver(); counted.hours += 1) {
        for (let minute = 0; minute < MINUTES_OF_AN_HOUR; minute += 1) {
          const calls = Array.from({ length: CALLS_OF_A_MINUTE }, () => anyCall(server.url, random));
          for (const { status, ms, what } of await Promise.all(calls)) {
            counted.calls += 1;
            counted.slowestMs = Math.max(counted.slowestMs, Math.round(ms));
            if (status < 400 || status === 404) continue;
            counted.errors += 1;
            failures.push(`${what} answered ${status}`);
          }
          await post(server, 'clock/advance', { ms: 60_000 });
        }
        // Client codes come and go.
        await fetch(`${server.url}/__emulator/clients/load${counted.hours % CLIENTS}`, { method: 'DELETE' });
        await post(server, 'drain', {});
        memoryMb.push(residentMb(server.pid));
        tell(`${counted.hours + 1} h, ${counted.calls} calls, ${memoryMb.at(-1)} MB, files ${mb(bytesIn(data))} MB`);
      }
      const filesMb = mb(bytesIn(data));
      const steady = memoryMb.slice(Math.floor(memoryMb.length / 3));
      const growth = Math.max(...steady.slice(-3)) / Math.max(...steady.slice(0, 3));
      if (memoryMb.length >= 12 && growth > GROWTH_MAX)
        failures.push(`memory grew by the factor ${growth.toFixed(2)}: ${memoryMb.join(', ')} MB`);
      if (filesMb > mb(FILES_BYTES_MAX)) failures.push(`files take ${filesMb} MB`);
      await end(server, failures);
      const figures = {
        ...counted,
        memoryMbFirst: memoryMb[0] ?? 0,
        memoryMbMost: Math.max(...memoryMb),
        memoryMbLast: memoryMb.at(-1) ?? 0,
        filesMb,
      };
      return { figures, failures };
    } finally {
      await server.kill();
      rmSync(place, { recursive: true, force: true });
    }
  },
};

async function anyCall(url: string, random: Random) {
  const client = `load${random.integer(0, CLIENTS - 1)}`;
  const id = `C-${random.integer(0, CUSTOMERS - 1)}`;
  const chance = random.next();
  const at = performance.now();
  const [what, reply] = await (chance < 0.45
    ? asked('submit', `${url}/m2/${client}/v2/profile/batchUpdate`, { method: 'POST', body: smallBody(random) })
    : chance < 0.48
      ? asked('large submit', `${url}/m2/${client}/v2/profile/batchUpdate`, {
          method: 'POST',
          body: bodyOf({ name: `L${random.integer(0, 9)}`, rows: 3_000 }),
        })
      : chance < 0.65
        ? asked('update', `${url}/m2/${client}/profile/update?mbox3rdPartyId=${id}&profile.last=${chance}`, {
            method: 'POST',
          })
        : chance < 0.9
          ? asked('fetch', `${url}/rest/v1/profiles/thirdPartyId/${id}?client=${client}`)
          : chance < 0.95
            ? asked('batches', `${url}/__emulator/batches?client=${client}&limit=5`)
            : asked('journal', `${url}/__emulator/journal?client=${client}&limit=5`));
  return { what, status: reply.status, ms: performance.now() - at };
}

async function asked(what: string, url: string, init?: RequestInit) {
  const reply = await fetch(url, init);
  await reply.arrayBuffer();
  return [what, reply] as const;
}

function smallBody(random: Random): string {
  const rows = Array.from({ length: random.integer(1, 40) }, () => {
    return `C-${random.integer(0, CUSTOMERS - 1)},${random.integer(0, 999_999)},note ${random.next()}`;
  });
  return `batch=thirdPartyId,points,note\n${rows.join('\n')}`;
}

const post = ({ url }: DrilledServer, path: string, body: object) =>
  asked(path, `${url}/__emulator/${path}`, { method: 'POST', body: JSON.stringify(body) });

const mb = (bytes: number) => Math.round(bytes / 1024 ** 2);

/** As Linux tells it. */
function residentMb(pid: number): number {
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024);
}

function bytesIn(directory: string): number {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  return names.reduce((sum, name) => sum + (statSync(join(directory, name), { throwIfNoEntry: false })?.size ?? 0), 0);
}
