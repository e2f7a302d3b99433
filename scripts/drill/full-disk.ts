/** A disk that is full, in turn of bodies and of the database, and free again: on a small tmpfs, or by a file limit. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Acknowledged, end, misses, submit } from './bookkeeping.ts';
import type { Drill } from './drill.ts';
import { type DrilledServer, startServer } from './server.ts';

const DISK_BYTES = 40 * 1024 * 1024;
const BALLAST_BYTES = 30 * 1024 * 1024;
/** Of a file, where no disk may be mounted. */
const LIMIT_KIB = 5 * 1024;
/** Some 1.2 MB, which a spool file takes, and some 40 bytes, which the database does. */
const ROWS = [25_000, 1, 1_000];
/** Submissions until the disk must be full. */
const SUBMISSIONS_MAX = 400;
/** How a refusal may be told: bodies, the database and its log name it differently. */
const NAMED = new Set(['disk-full', 'data-directory-unusable']);

export const fullDisk: Drill = {
  name: 'full-disk',
  sentence: 'Fills the disk under a working server, again and again, and frees it.',
  unit: 'fillings',
  quick: 1,
  full: 10,
  async run({ seed, amount, isOver, tell }) {
    const failures: string[] = [];
    const counted = { fillings: 0, acknowledged: 0, refused: 0, bugs: 0 };
    const place = mkdtempSync(join(tmpdir(), 'tpe-drill-full-'));
    const disk = smallDisk(place);
    let server: DrilledServer | undefined;
    try {
      for (; counted.fillings < amount && !isOver(); counted.fillings += 1) {
        const data = join(disk.path, `data-${counted.fillings}`);
        const ballast = join(disk.path, 'ballast');
        if (disk.isMounted) writeFileSync(ballast, Buffer.alloc(BALLAST_BYTES));
        server = await startServer(['--data', data, '--pace', 'immediate'], disk.limits);
        const acknowledged: Acknowledged = new Map();
        let refusals = 0;
        for (let sent = 0; refusals < 5 && sent < SUBMISSIONS_MAX; sent += 1) {
          const rows = ROWS[(sent + counted.fillings + seed) % ROWS.length]!;
          if (!(await isTaken(server, `F-${counted.fillings}-${sent}`, rows, acknowledged, failures))) refusals += 1;
        }
        if (refusals === 0) failures.push('the disk never became full');
        counted.refused += refusals;
        await expectAlive(server, failures);
        if (disk.isMounted) {
          rmSync(ballast);
          if (!(await isTaken(server, `G-${counted.fillings}`, 1_000, acknowledged, failures))) {
            failures.push('refuses although there is room again');
          }
        } else {
          // A limit stays as long as its process.
          counted.bugs += await end(server, failures);
          server = await startServer(['--data', data, '--pace', 'immediate']);
        }
        failures.push(...(await misses(server.url, acknowledged)));
        counted.acknowledged += acknowledged.size;
        counted.bugs += await end(server, failures);
        rmSync(data, { recursive: true });
        tell(`${counted.fillings + 1} fillings, ${failures.length} broken promises`);
      }
    } finally {
      await server?.kill();
      disk.free();
      rmSync(place, { recursive: true, force: true });
    }
    return {
      figures: counted,
      failures,
      skipped: disk.isMounted ? undefined : 'no tmpfs may be mounted here: a file limit instead',
    };
  },
};

/** Refused otherwise than by name is a broken promise. */
async function isTaken(
  server: DrilledServer,
  name: string,
  rows: number,
  acknowledged: Acknowledged,
  failures: string[],
): Promise<boolean> {
  const { status, code, batchId, text } = await submit(server.url, { name, rows });
  if (batchId !== undefined) acknowledged.set(batchId, { name, rows });
  else if (status !== 500 || code === undefined || !NAMED.has(code)) failures.push(`refused with ${status}: ${text}`);
  return batchId !== undefined;
}

async function expectAlive({ url }: DrilledServer, failures: string[]): Promise<void> {
  const reply = await fetch(`${url}/__emulator/health`);
  const { status, problems } = (await reply.json()) as { status: string; problems: readonly string[] };
  if (status === 'ok' || problems.length === 0) failures.push(`health says ${status} on a full disk`);
}

function smallDisk(place: string) {
  const path = join(place, 'disk');
  mkdirSync(path);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', path]);
  const isMounted = mounted.status === 0;
  return {
    path,
    isMounted,
    // In blocks of 1 KiB.
    limits: isMounted ? {} : { under: `ulimit -f ${LIMIT_KIB}` },
    free: () => void (isMounted && spawnSync('umount', [path])),
  };
}
