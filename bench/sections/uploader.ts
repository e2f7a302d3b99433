/** The uploader as a command, a CSV to the emulator and to its end, beside a raw POST of the encoded file. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ORDINARY, writeBatchFile, writeCsv } from '../batch-files.ts';
import type { BenchContext } from '../context.ts';
import { submit } from '../load/submit.ts';
import { interleaved, median, medianRatio, rounded } from '../measure.ts';
import { peakMiBOf } from '../servers/process-memory.ts';
import { serveEmulator } from '../servers/served-emulator.ts';

export async function uploader(context: BenchContext): Promise<object> {
  const { plan, directory, dist } = context;
  const shape = { ...ORDINARY, rows: plan.batchRows };
  const csv = join(directory, 'upload.csv');
  const batch = join(directory, 'upload.batch');
  writeCsv(csv, shape);
  writeBatchFile(batch, shape);
  const peaks: number[] = [];
  const inStore = async (name: string, work: (port: number) => Promise<number>) => {
    const data = join(directory, name);
    const server = await serveEmulator(context, data);
    const seconds = await work(server.port);
    await server.stop();
    rmSync(data, { recursive: true });
    return seconds;
  };
  const seconds = await interleaved(plan.rounds, {
    raw: () => inStore('uploader-raw', async (port) => (await submit(port, 'bench', 'v2', batch)).completeSeconds),
    uploader: () =>
      inStore('uploader', async (port) => {
        const endpoint = `http://127.0.0.1:${port}`;
        // Its job is written down as everybody's is, but not among those of whoever measures.
        const state = ['--state', join(directory, 'uploader-state')];
        const args = [
          join(dist, 'cli.js'),
          'upload',
          csv,
          '--client',
          'bench',
          '--endpoint',
          endpoint,
          '--json',
          ...state,
        ];
        const startedAt = performance.now();
        const child = context.own(spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] }));
        let complaints = '';
        child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
        // The peak is read until there is nobody to ask any more.
        let peak: number | undefined;
        const look = setInterval(() => (peak = peakMiBOf(child.pid!) ?? peak), 20);
        const [code] = await once(child, 'close');
        clearInterval(look);
        if (code !== 0) throw new Error(`tpe upload ended with ${String(code)}: ${complaints}`);
        if (peak !== undefined) peaks.push(peak);
        return (performance.now() - startedAt) / 1000;
      }),
  });
  const csvBytes = statSync(csv).size;
  for (const file of [csv, batch]) rmSync(file);
  const took = median(seconds.uploader);
  context.say(
    `  ${took.toFixed(2)} s, ${Math.round(plan.batchRows / took)} rows/s, raw POST ${median(seconds.raw).toFixed(2)} s, peak ${peaks.map((peak) => peak.toFixed(0)).join('/')} MiB`,
  );
  context.judge('uploader', medianRatio(seconds.uploader, seconds.raw));
  if (peaks.length === 0) context.cannotJudge('uploaderMemory', 'only Linux tells');
  else context.judge('uploaderMemory', Math.max(...peaks));
  return {
    rows: plan.batchRows,
    csvBytes,
    seconds: { uploader: rounded(took), raw: rounded(median(seconds.raw)) },
    rowsPerSecond: rounded(plan.batchRows / took),
    peakMiB: peaks.map(rounded),
  };
}
