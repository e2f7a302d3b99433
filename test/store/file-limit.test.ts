/** A limit on the size of files, met at the start: what keeps the directory from being used is named. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath, platform } from 'node:process';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

it.skipIf(platform === 'win32').each([8, 40])(
  'SQLite that may write no more than %i KiB is told as a limit, with its remedy (no such limits on Windows)',
  (kib) => {
    const place = mkdtempSync(join(tmpdir(), 'tpe-limit-'));
    onTestFinished(() => rmSync(place, { recursive: true }));
    const words = [execPath, CLI, 'serve', '--port', '0', '--data', join(place, 'data')];
    const { status, stderr } = spawnSync('bash', ['-c', `ulimit -f ${kib} && exec "$@"`, 'bash', ...words], {
      encoding: 'utf8',
      timeout: 60_000,
    });
    expect(stderr).toMatch(new RegExp(`has reached the ${kib * 1024} bytes .*SQLITE_IOERR_.*ulimit -f`));
    expect(status).toBe(5);
  },
);
