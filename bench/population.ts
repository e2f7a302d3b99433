/** One large file store that grows through the run, so that 5,000,000 profiles are written once. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { ORDINARY, type Shape, writeBatchFile } from './batch-files.ts';
import type { BenchContext } from './context.ts';
import { submit } from './load/submit.ts';
import { serveEmulator } from './servers/served-emulator.ts';

export interface Population {
  readonly data: string;
  readonly client: string;
  profiles(): number;
  /** Seconds for each batch it took. Uses a server of its own, which has ended when this resolves. */
  growTo(profiles: number): Promise<number[]>;
}

export function population(context: BenchContext): Population {
  const data = join(context.directory, 'population');
  const client = 'large';
  let count = 0;
  return {
    data,
    client,
    profiles: () => count,
    async growTo(profiles) {
      const seconds: number[] = [];
      if (count >= profiles) return seconds;
      const server = await serveEmulator(context, data);
      const file = join(context.directory, 'grow.batch');
      while (count < profiles) {
        const rows = Math.min(context.plan.batchRows, profiles - count);
        writeBatchFile(file, { ...ORDINARY, rows, firstId: count });
        const { completeSeconds } = await submit(server.port, client, 'v2', file);
        seconds.push(completeSeconds);
        count += rows;
      }
      rmSync(file);
      await server.stop();
      return seconds;
    },
  };
}

/** `rows` rows of ids spread evenly over `profiles` of them; a multiple. */
export function spreadRows(shape: Shape, rows: number, profiles: number): Shape {
  return { ...shape, rows, idStride: Math.max(1, Math.floor(profiles / rows)) };
}
