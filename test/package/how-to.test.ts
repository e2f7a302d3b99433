/** How-tos, explanations, and references with blocks of the command, each typed from its first line to its last in a folder of its own. */
import { execFileSync } from 'node:child_process';
import { readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documentBlocks } from './document-blocks.ts';
import { installPackage, type InstalledPackage } from './installed-package.ts';
import { serve, stop } from './run-command.ts';
import { linkModules, typeDocument } from './typed-document.ts';

const FOLDERS = ['docs/how-to', 'docs/explanation'];
const files = FOLDERS.flatMap((folder) => readdirSync(folder).map((name) => `${folder}/${name}`));
/** It installs Jest from the registry. */
const JEST = 'docs/how-to/jest.md';

let installed: InstalledPackage;
beforeAll(() => {
  installed = installPackage();
  // Of vitest itself, a peer, npm would have linked the command.
  symlinkSync('../vitest/vitest.mjs', join(installed.directory, 'node_modules/.bin/vitest'));
});
afterAll(() => installed.remove());

describe('as written, and prints what it says', () => {
  it.each(files.filter((file) => file !== JEST))('%s', { timeout: 120_000 }, async (file) => {
    await typeDocument(file, installed);
  });

  it.skipIf(process.env['CI'] !== 'true')(
    `${JEST} (where CI=true, as .ci/run sets it: it installs from the registry)`,
    { timeout: 240_000 },
    async () => {
      const prepare = (directory: string) => {
        for (const words of [
          ['init', '-y'],
          ['pkg', 'delete', 'type'],
          ['install', '-D', installed.tarball],
        ]) {
          execFileSync('npm', words, { cwd: directory, stdio: 'pipe' });
        }
      };
      await typeDocument(JEST, installed, { prepare });
    },
  );

  it.each(['docs/console.md', 'docs/faults.md', 'docs/simulation.md'])(
    '%s, beside an emulator',
    { timeout: 120_000 },
    async (file) => {
      const emulator = await serve(join(process.cwd(), 'dist/cli.js'), ['--memory']);
      const prepare = (directory: string) => {
        linkModules(installed)(directory);
        symlinkSync(join(process.cwd(), 'samples'), join(directory, 'samples'));
        writeFileSync(join(directory, 'sync.sh'), '#!/bin/sh\ncurl -sS "$TPE_URL/__emulator/health"\n', {
          mode: 0o755,
        });
      };
      await typeDocument(file, installed, { prepare, port: new URL(emulator.url).port });
      await stop(emulator);
    },
  );

  it('is the case for most of what they show', () => {
    const blocks = files.flatMap((file) => documentBlocks(file));
    expect(blocks.filter(({ isNotRun }) => !isNotRun).length).toBeGreaterThan(
      3 * blocks.filter(({ isNotRun }) => isNotRun).length,
    );
  });
});
