/** The built command as a server process, ended by its own process id. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchContext } from '../context.ts';

export interface ServedEmulator {
  readonly pid: number;
  readonly port: number;
  /** Where it was asked for. */
  readonly tlsPort: number | undefined;
  stop(): Promise<void>;
}

let started = 0;

/** `data` is a directory; without one everything is in memory. Its log goes to a file, as a service's would. */
export async function serveEmulator(
  context: BenchContext,
  data?: string,
  more: readonly string[] = [],
): Promise<ServedEmulator> {
  started += 1;
  mkdirSync(context.directory, { recursive: true });
  const logFile = join(context.directory, `server-${started}.log`);
  const log = openSync(logFile, 'w', 0o600);
  const args = [...serveArguments(context, data), ...more];
  const child = context.own(spawn(process.execPath, args, { stdio: ['ignore', log, 'inherit'] }));
  closeSync(log);
  const closed = once(child, 'close');
  for (;;) {
    const text = readFileSync(logFile, 'utf8');
    const port = /"url":"http:\/\/[^"]*:(\d+)"/.exec(text)?.[1];
    const tlsPort = /"tlsUrl":"https:\/\/[^"]*:(\d+)"/.exec(text)?.[1];
    if (port !== undefined) {
      return {
        pid: child.pid!,
        port: Number(port),
        tlsPort: tlsPort === undefined ? undefined : Number(tlsPort),
        async stop() {
          child.kill('SIGTERM');
          await closed;
        },
      };
    }
    if (child.exitCode !== null) throw new Error(`tpe serve ended with ${child.exitCode}.`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export function serveArguments({ dist }: BenchContext, data: string | undefined): string[] {
  const place = data === undefined ? ['--memory'] : ['--data', data];
  // BENCH_SERVER_FLAGS is for profiling: `--cpu-prof --cpu-prof-dir=...`.
  const flags = (process.env['BENCH_SERVER_FLAGS'] ?? '').split(' ').filter((flag) => flag !== '');
  return [...flags, join(dist, 'cli.js'), 'serve', ...place, '--port', '0', '--pace', 'immediate', '--json'];
}
