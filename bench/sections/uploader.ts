/** The uploader as a command, a CSV to the emulator and to its end, beside a raw POST of the encoded file. */
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ORDINARY, writeBatchFile, writeCsv } from '../batch-files.ts';
import type { BenchContext } from '../context.ts';
import { submit } from '../load/submit.ts';
import { interleaved, median, medianRatio, rounded } from '../measure.ts';
import { type ServedEmulator, serveEmulator } from '../servers/served-emulator.ts';
import { judgePeaks, runUpload } from '../servers/upload-command.ts';

export async function uploader(context: BenchContext): Promise<object> {
  const { plan, directory } = context;
  const shape = { ...ORDINARY, rows: plan.batchRows };
  const csv = join(directory, 'upload.csv');
  const batch = join(directory, 'upload.batch');
  writeCsv(csv, shape);
  writeBatchFile(batch, shape);
  const peaks: (number | undefined)[] = [];
  const seconds = await interleaved(plan.rounds, {
    raw: () => inStore(context, [], async ({ port }) => (await submit(port, 'bench', 'v2', batch)).completeSeconds),
    uploader: () =>
      inStore(context, [], async ({ port }) => {
        const run = await runUpload(context, [csv, '--endpoint', `http://127.0.0.1:${port}`]);
        peaks.push(run.peakMiB);
        return run.seconds;
      }),
  });
  const csvBytes = statSync(csv).size;
  for (const file of [csv, batch]) rmSync(file);
  const took = median(seconds.uploader);
  context.say(
    `  ${took.toFixed(2)} s, ${Math.round(plan.batchRows / took)} rows/s, raw POST ${median(seconds.raw).toFixed(2)} s`,
  );
  context.judge('uploader', medianRatio(seconds.uploader, seconds.raw));
  return {
    rows: plan.batchRows,
    csvBytes,
    seconds: { uploader: rounded(took), raw: rounded(median(seconds.raw)) },
    rowsPerSecond: rounded(plan.batchRows / took),
    peakMiB: judgePeaks(context, 'uploaderMemory', peaks),
  };
}

/** An emulator over a data directory of its own, which goes with it. */
export async function inStore(
  context: BenchContext,
  flags: readonly string[],
  work: (server: ServedEmulator) => Promise<number>,
): Promise<number> {
  const data = join(context.directory, 'uploader-data');
  const server = await serveEmulator(context, data, flags);
  const seconds = await work(server);
  await server.stop();
  rmSync(data, { recursive: true });
  return seconds;
}
