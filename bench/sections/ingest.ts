/** Full batches over a socket, from the first byte of the POST to `complete`, each beside its floor in the same round. */
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ORDINARY, SHAPES, type Shape, writeBatchFile } from '../batch-files.ts';
import type { BenchContext } from '../context.ts';
import { submit } from '../load/submit.ts';
import { median, medianRatio, rounded } from '../measure.ts';
import { runRole } from '../roles/run-role.ts';
import { databaseBytesOf } from '../servers/database-bytes.ts';
import { peakMiBOf } from '../servers/process-memory.ts';
import { serveEmulator } from '../servers/served-emulator.ts';
import { shellDatabase, shellImport, shellUpdate } from '../shell-floor.ts';

const CLIENT = 'bench';

export async function ingest(context: BenchContext, hasShell: boolean): Promise<object> {
  const { plan, directory } = context;
  const shape: Shape = { ...ORDINARY, rows: plan.batchRows };
  const files = [1, 2, 3].map((seed) => {
    const file = join(directory, `ordinary-${seed}.batch`);
    writeBatchFile(file, { ...shape, seed });
    return file;
  }) as [string, string, string];
  const fileBytes = statSync(files[0]).size;

  const rounds: Round[] = [];
  for (let round = 0; round < plan.rounds; round += 1) {
    const floor = () => shellRound(context, shape, files, round);
    const ours = () => ourRound(context, files, round);
    // In turn, so that nobody always comes second.
    const figures: Round =
      round % 2 === 0
        ? { ...(hasShell ? await floor() : NO_SHELL), ...(await ours()) }
        : { ...(await ours()), ...(hasShell ? await floor() : NO_SHELL) };
    rounds.push(figures);
    context.say(
      `  round ${round + 1}: insert ${s(figures.insert)} (shell ${s(figures.shellInsert)}, statement ${s(figures.statement)}), ` +
        `v2 ${s(figures.v2)}, v1 ${s(figures.v1)} (shell ${s(figures.shellUpdate)}), peak ${figures.peakMiB?.toFixed(0)} MiB`,
    );
  }
  const all = (name: keyof Round) => rounds.map((round) => round[name] ?? Number.NaN);
  if (hasShell) {
    context.judge('insert', medianRatio(all('insert'), all('shellInsert')));
    context.judge('updateV2', medianRatio(all('v2'), all('shellUpdate')));
    context.judge('updateV1', medianRatio(all('v1'), all('shellUpdate')));
  } else {
    for (const goal of ['insert', 'updateV2', 'updateV1'] as const) {
      context.cannotJudge(goal, 'there is no sqlite3 shell here');
    }
  }
  context.judge('databaseSize', median(all('databaseBytes')) / fileBytes);
  const peaks = all('peakMiB').filter((peak) => !Number.isNaN(peak));
  if (peaks.length === 0) context.cannotJudge('peakMemory', 'only Linux tells');
  else context.judge('peakMemory', Math.max(...peaks));

  const shapes: Record<string, object> = {};
  for (const [name, full] of Object.entries(SHAPES)) {
    const rows = Math.max(100, Math.round((full.rows / ORDINARY.rows) * plan.batchRows));
    const file = join(directory, 'shape.batch');
    writeBatchFile(file, { ...full, rows });
    const { insert, peakMiB, databaseBytes } = await insertOnce(context, file, 'shape');
    const bytes = statSync(file).size;
    shapes[name] = {
      rows,
      bytes,
      seconds: rounded(insert),
      rowsPerSecond: rounded(rows / insert),
      megabytesPerSecond: rounded(bytes / 1e6 / insert),
      peakMiB: peakMiB && rounded(peakMiB),
      databaseBytes,
    };
    context.say(
      `  ${name}: ${rows} rows, ${(bytes / 1e6).toFixed(1)} MB, ${s(insert)}, peak ${peakMiB?.toFixed(0)} MiB`,
    );
    rmSync(file);
  }
  for (const file of files) rmSync(file);
  const medians = Object.fromEntries(
    Object.keys(rounds[0]!).map((name) => [name, rounded(median(all(name as keyof Round)))]),
  );
  return {
    rows: plan.batchRows,
    fileBytes,
    databaseBytesPerProfile: rounded(median(all('databaseBytes')) / plan.batchRows),
    medians,
    rounds,
    shapes,
  };
}

interface Round {
  readonly shellInsert?: number;
  readonly shellUpdate?: number;
  readonly statement?: number;
  readonly accepted: number;
  readonly insert: number;
  readonly v2: number;
  readonly v1: number;
  readonly peakMiB: number | undefined;
  readonly databaseBytes: number;
}

const NO_SHELL: Partial<Round> = {};

async function shellRound(
  { directory }: BenchContext,
  shape: Shape,
  [first, second]: readonly [string, string, string],
  round: number,
) {
  const database = shellDatabase(directory, `round-${round}`);
  const shellInsert = await shellImport(database, first, shape);
  const shellUpdated = await shellUpdate(database, second, shape);
  removeDatabase(database);
  const floor = join(directory, 'statement.db');
  const { seconds: statement } = await runRole('prepared-insert', { batchFile: first, database: floor });
  removeDatabase(floor);
  return { shellInsert, shellUpdate: shellUpdated, statement };
}

async function ourRound(
  context: BenchContext,
  [first, second, third]: readonly [string, string, string],
  round: number,
) {
  const { insert, accepted, databaseBytes, data } = await insertOnce(context, first, `round-${round}`, true);
  // A new process: the figure of the updates is not that of code warmed up by the insert.
  const server = await serveEmulator(context, data);
  const v2 = await submit(server.port, CLIENT, 'v2', second);
  const v1 = await submit(server.port, CLIENT, 'v1', third);
  const peakMiB = peakMiBOf(server.pid);
  await server.stop();
  rmSync(data, { recursive: true });
  return { insert, accepted, v2: v2.completeSeconds, v1: v1.completeSeconds, peakMiB, databaseBytes };
}

async function insertOnce(context: BenchContext, file: string, name: string, isKept = false) {
  const data = join(context.directory, name);
  const server = await serveEmulator(context, data);
  const { completeSeconds, acceptedSeconds } = await submit(server.port, CLIENT, 'v2', file);
  const peakMiB = peakMiBOf(server.pid);
  await server.stop();
  const databaseBytes = databaseBytesOf(data);
  if (!isKept) rmSync(data, { recursive: true });
  return { insert: completeSeconds, accepted: acceptedSeconds, peakMiB, databaseBytes, data };
}

function removeDatabase(path: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
}

function s(seconds: number | undefined): string {
  return seconds === undefined ? '-' : `${seconds.toFixed(2)} s`;
}
