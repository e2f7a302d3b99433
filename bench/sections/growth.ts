/** Time per row and memory as the store grows: full batches onto ever more profiles, in random order. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ORDINARY, writeBatchFile } from '../batch-files.ts';
import type { BenchContext } from '../context.ts';
import { type GrowthPoint, growthPlot } from '../growth-plot.ts';
import { submit } from '../load/submit.ts';
import { median, medianRatio, rounded } from '../measure.ts';
import { type Population, spreadRows } from '../population.ts';
import { databaseBytesOf } from '../servers/database-bytes.ts';
import { peakMiBOf } from '../servers/process-memory.ts';
import { serveEmulator } from '../servers/served-emulator.ts';
import { shellDatabase, shellPopulate, shellUpdate } from '../shell-floor.ts';

export async function growth(
  context: BenchContext,
  hasShell: boolean,
  store: Population,
  plotFile: string,
): Promise<object> {
  const { plan, directory } = context;
  const points: (GrowthPoint & { readonly rounds: readonly number[] })[] = [];
  const onBatchRows: number[] = [];
  const onTenTimes: number[] = [];
  for (const level of plan.levels) {
    const inserts = await store.growTo(level);
    const rows = Math.min(plan.batchRows, level);
    const file = join(directory, 'level.batch');
    const seconds: number[] = [];
    const peaks: number[] = [];
    for (let round = 0; round < plan.rounds; round += 1) {
      writeBatchFile(file, { ...spreadRows(ORDINARY, rows, level), seed: round + 2 });
      // A new server each time: its peak is that of this batch.
      const server = await serveEmulator(context, store.data);
      const { completeSeconds } = await submit(server.port, store.client, 'v2', file);
      seconds.push(completeSeconds);
      const peak = peakMiBOf(server.pid);
      if (peak !== undefined) peaks.push(peak);
      await server.stop();
    }
    rmSync(file);
    if (level === plan.batchRows) onBatchRows.push(...seconds);
    if (level === plan.batchRows * 10) onTenTimes.push(...seconds);
    const databaseBytes = databaseBytesOf(store.data);
    const point = {
      profiles: level,
      rows,
      seconds: rounded(median(seconds)),
      microsecondsPerRow: rounded((median(seconds) / rows) * 1e6),
      insertMicrosecondsPerRow: rounded((median(inserts) / Math.min(plan.batchRows, rows)) * 1e6),
      peakMiB: peaks.length === 0 ? undefined : rounded(Math.max(...peaks)),
      databaseBytesPerProfile: rounded(databaseBytes / level),
      rounds: seconds.map(rounded),
    };
    points.push(point);
    context.say(
      `  ${level} profiles: ${point.microsecondsPerRow} us a row, peak ${point.peakMiB ?? '-'} MiB, ${point.databaseBytesPerProfile} bytes a profile`,
    );
    if (level === plan.batchRows * 10) await besideShell(context, hasShell, store);
  }
  writeFileSync(plotFile, growthPlot(points));
  context.judge('growth', medianRatio(onTenTimes, onBatchRows));
  const peaks = points.flatMap(({ peakMiB }) => peakMiB ?? []);
  const known = context.judgements.get('peakMemory')?.measured ?? 0;
  if (peaks.length > 0) context.judge('peakMemory', Math.max(known, ...peaks));
  return { points };
}

/** The shell's table of as many rows, and the same batch onto both in turn. */
async function besideShell(context: BenchContext, hasShell: boolean, store: Population): Promise<void> {
  const { plan, directory } = context;
  if (!hasShell) {
    context.cannotJudge('updateLarge', 'there is no sqlite3 shell here');
    return;
  }
  const profiles = store.profiles();
  const database = shellDatabase(directory, 'large');
  const files = Array.from({ length: profiles / plan.batchRows }, (_, index) => {
    const file = join(directory, `shell-${index}.batch`);
    writeBatchFile(file, { ...ORDINARY, rows: plan.batchRows, firstId: index * plan.batchRows });
    return file;
  });
  await shellPopulate(database, files, ORDINARY);
  for (const file of files) rmSync(file);
  const file = join(directory, 'large.batch');
  const shell: number[] = [];
  const ours: number[] = [];
  for (let round = 0; round < plan.rounds; round += 1) {
    writeBatchFile(file, { ...spreadRows(ORDINARY, plan.batchRows, profiles), seed: round + 20 });
    shell.push(await shellUpdate(database, file, ORDINARY));
    const server = await serveEmulator(context, store.data);
    ours.push((await submit(server.port, store.client, 'v2', file)).completeSeconds);
    await server.stop();
  }
  for (const path of [file, database, `${database}-wal`, `${database}-shm`]) rmSync(path, { force: true });
  context.say(`  onto ${profiles} profiles: ${median(ours).toFixed(2)} s, shell ${median(shell).toFixed(2)} s`);
  context.judge('updateLarge', medianRatio(ours, shell));
}
