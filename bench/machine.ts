/** What the figures were taken on. No names of hosts or folders: results are committed. */
import { arch, cpus, loadavg, platform, release, totalmem } from 'node:os';
import { execFileSync } from 'node:child_process';
import Sqlite from 'better-sqlite3';

export interface Machine {
  readonly cores: number;
  readonly processor: string;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  readonly sqlite: string;
  /** The shell's, where it is installed. */
  readonly sqliteShell: string | undefined;
}

export function machine(): Machine {
  const database = new Sqlite(':memory:');
  const sqlite = database.prepare<[], string>('SELECT sqlite_version()').pluck().get() ?? '';
  database.close();
  return {
    cores: cpus().length,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()} ${arch()}`,
    node: process.version,
    sqlite,
    sqliteShell: shellVersion(),
  };
}

/** What else the machine was busy with: more than a core's worth of it and latencies are not ours alone. */
export function loadNow(): number {
  return Math.round((loadavg()[0] ?? 0) * 10) / 10;
}

function shellVersion(): string | undefined {
  try {
    return execFileSync('sqlite3', ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split(
      ' ',
    )[0];
  } catch {
    return undefined;
  }
}
