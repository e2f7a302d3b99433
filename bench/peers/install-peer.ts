/** Installs what is measured beside us into a private folder: nothing of it is a dependency of the package. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchContext } from '../context.ts';

const INSTALL_TIMEOUT_MS = 4 * 60_000;

export interface InstalledPeer {
  readonly directory: string;
}

/** Kept between runs. A sentence where it cannot be had. */
export async function installedPeer(
  { cache, say }: BenchContext,
  name: string,
  version: string,
): Promise<InstalledPeer | string> {
  const directory = join(cache, `${name.replaceAll(/[@/]/g, '_')}-${version}`);
  const done = join(directory, '.installed');
  if (existsSync(done)) return { directory };
  say(`  installing ${name} ${version}`);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'package.json'), '{"private": true}\n');
  const args = ['install', '--no-audit', '--no-fund', '--loglevel=error', '--ignore-scripts', `${name}@${version}`];
  const child = spawn('npm', args, { cwd: directory, stdio: 'ignore', timeout: INSTALL_TIMEOUT_MS });
  child.on('error', () => {});
  const [code, signal] = await once(child, 'close');
  if (code !== 0) {
    return signal === null
      ? `npm could not install it (exit code ${String(code)})`
      : `npm did not install it within ${INSTALL_TIMEOUT_MS / 60_000} minutes`;
  }
  writeFileSync(done, '');
  return { directory };
}
