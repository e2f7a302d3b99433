/** The tarball in other people's folders: each installs it, imports it as its kind does, and runs one upload. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installPackage, type InstalledPackage } from './installed-package.ts';
import { runCommand } from './run-command.ts';

const UPLOAD = `
  const emulator = await startEmulator();
  const options = { client: 'demo', endpoint: emulator.url, idColumn: 'id' };
  const result = await createUploader(options).upload('crm.csv');
  console.log(result.kind === 'report' ? \`updated \${result.total.updated}\` : result.faults);
  await emulator.close();
`;
const IN_JEST = `
  const emulator = await startEmulator();
  const body = 'batch=thirdPartyId,tier\\nC-1,gold\\n';
  await fetch(emulator.url + '/m2/demo/v2/profile/batchUpdate', { method: 'POST', body });
  await emulator.drain();
  expect(emulator.profile('demo', { kind: 'thirdPartyId', value: 'C-1' }).attributes[0].value).toBe('gold');
  await emulator.close();
`;
const EVERY_ENTRY = `
  import { startEmulator, type RunningEmulator } from 'target-profile-emulator';
  import { createUploader } from 'target-profile-emulator/client';
  import { testClient, useEmulator, withEmulator } from 'target-profile-emulator/testing';
  import { compareVersions } from 'target-profile-emulator/compare';
  void ([testClient, useEmulator, withEmulator, compareVersions] satisfies readonly unknown[]);
  export const started: Promise<RunningEmulator> = startEmulator();
  await (await started).close();
`;
const WITH_PEERS = `
  import { expect } from 'vitest';
  import fc from 'fast-check';
  import { emulatorTest } from 'target-profile-emulator/testing/vitest';
  import { anySettings, createModel, visitorId } from 'target-profile-emulator/sim';
  emulatorTest('v2 creates the missing profile', async ({ client, emulator }) => {
    const url: string = emulator.url;
    const batch = await client.submit('batch=thirdPartyId,tier\\nC-1,gold\\n');
    expect([url.startsWith('http'), batch.createdProfiles]).toEqual([true, 1]);
  });
  emulatorTest('generators generate', () => {
    expect(createModel).toBeTypeOf('function');
    fc.assert(fc.property(visitorId(), anySettings(), (id, settings) => id.value !== settings.body), { numRuns: 20 });
  });
`;
const strictly = (module: string, file: string) =>
  JSON.stringify({
    compilerOptions: {
      module,
      target: 'es2023',
      strict: true,
      skipLibCheck: false,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      types: ['node'],
    },
    files: [file],
  });

interface Consumer {
  readonly installs?: readonly string[];
  readonly type?: 'module' | 'commonjs';
  readonly files: Readonly<Record<string, string>>;
  readonly runs: readonly string[];
  readonly prints: RegExp;
}

/** By what they are. In `runs`, a line each, as typed in a folder where npm has installed the tarball. */
const CONSUMERS: Readonly<Record<string, Consumer>> = {
  'an ES module': {
    files: {
      'main.mjs': `import { startEmulator } from 'target-profile-emulator';
        import { createUploader } from 'target-profile-emulator/client';${UPLOAD}`,
    },
    runs: ['node main.mjs'],
    prints: /updated 1/,
  },
  'a CommonJS module': {
    type: 'commonjs',
    files: {
      'main.js': `const { startEmulator } = require('target-profile-emulator');
        const { createUploader } = require('target-profile-emulator/client');
        require('target-profile-emulator/testing'); require('target-profile-emulator/compare');
        (async () => {${UPLOAD}})();`,
    },
    runs: ['node main.js'],
    prints: /updated 1/,
  },
  'strict TypeScript, module nodenext and node16, without skipLibCheck': {
    installs: ['typescript@5', '@types/node@22'],
    files: {
      'main.ts': EVERY_ENTRY,
      'tsconfig.json': strictly('nodenext', 'main.ts'),
      'tsconfig.node16.json': strictly('node16', 'main.ts'),
    },
    runs: ['npx tsc -p .', 'npx tsc -p tsconfig.node16.json', 'node main.js && echo started'],
    prints: /started/,
  },
  'Jest 30, with the flag that lets it import ES modules': {
    installs: ['jest@30'],
    files: {
      'upload.test.mjs': `import { startEmulator } from 'target-profile-emulator';
        test('an upload', async () => {${IN_JEST}});`,
      'jest.config.json': '{ "testMatch": ["**/*.test.mjs"] }',
    },
    runs: ['NODE_OPTIONS=--experimental-vm-modules npx jest 2>&1'],
    prints: /Tests: +1 passed/,
  },
  'Jest 30, without a flag, beside tpe exec': {
    installs: ['jest@30'],
    type: 'commonjs',
    files: {
      'upload.test.js': `test('an upload', async () => {
        const url = process.env.TPE_URL + '/m2/' + process.env.TPE_CLIENT + '/v2/profile/batchUpdate';
        const reply = await fetch(url, { method: 'POST', body: 'batch=thirdPartyId,tier\\nC-1,gold\\n' });
        expect(await reply.text()).toContain('<success>true</success>');
      });`,
    },
    runs: ['npx tpe exec -- npx jest 2>&1'],
    prints: /Tests: +1 passed/,
  },
  ...Object.fromEntries(
    [3, 4].map((major) => [
      `vitest ${major} and fast-check ${major}, with their types`,
      {
        installs: [`vitest@${major}`, `fast-check@${major}`, 'typescript@5', '@types/node@22'],
        files: { 'peers.test.ts': WITH_PEERS, 'tsconfig.json': strictly('nodenext', 'peers.test.ts') },
        // Types of vite itself do not hold under skipLibCheck: false.
        runs: ['npx tsc -p . --noEmit --skipLibCheck', 'NO_COLOR=1 npx vitest run'],
        prints: /Tests +2 passed/,
      },
    ]),
  ),
};

const inCi = process.env['CI'] === 'true';
let installed: InstalledPackage;
let folder: string;
beforeAll(() => {
  installed = installPackage();
  folder = mkdtempSync(join(tmpdir(), 'tpe-consumers-'));
});
afterAll(() => {
  installed.remove();
  rmSync(folder, { recursive: true, force: true });
}, 120_000);

describe.skipIf(!inCi)('a consumer (run where CI=true, as .ci/run sets it: it installs from the registry)', () => {
  it.each(Object.entries(CONSUMERS))('%s', { timeout: 240_000 }, async (_, consumer) => {
    const directory = mkdtempSync(join(folder, 'consumer-'));
    prepare(directory, consumer);
    const said = await install(directory, 'npm install --no-audit --no-fund', consumer.installs ?? []);
    // Scripts of Jest's and vitest's dependencies are theirs.
    expect(said).not.toMatch(/(?:target-profile-emulator|better-sqlite3)@\S+ \(|gyp/);
    let printed = '';
    for (const line of consumer.runs) {
      // One after the other: they build on each other.
      // oxlint-disable-next-line no-await-in-loop
      const { code, stdout, stderr } = await typed(line, directory);
      expect({ line, code, told: code === 0 ? '' : stdout + stderr }).toEqual({ line, code: 0, told: '' });
      printed += stdout;
    }
    expect(printed).toMatch(consumer.prints);
  });

  it('an empty folder has it within 15 s where the cache is warm', { timeout: 120_000 }, async () => {
    const times: number[] = [];
    for (const _ of [1, 2]) {
      const directory = mkdtempSync(join(folder, 'empty-'));
      const startedAt = performance.now();
      // oxlint-disable-next-line no-await-in-loop
      await install(directory, 'npm install', []);
      times.push(performance.now() - startedAt);
    }
    expect(times[1]).toBeLessThan(15_000);
  });

  it('of pnpm, as it is by default', { timeout: 240_000 }, async () => {
    const directory = mkdtempSync(join(folder, 'pnpm-'));
    prepare(directory, CONSUMERS['an ES module']!);
    await install(directory, 'npx --yes pnpm@10 add', []);
    expect(await typed('node main.mjs', directory)).toMatchObject({ code: 0, stdout: 'updated 1\n' });
    expect(await typed('npx --no-install tpe exec -- true', directory)).toMatchObject({ code: 0, stderr: '' });
  });
});

it('every kind of consumer that the README or docs/testing.md names is tried', () => {
  const documents = ['README.md', 'docs/testing.md'].map((file) => readFileSync(file, 'utf8')).join('\n');
  for (const name of ['CommonJS', 'Jest', 'vitest 3', 'fast-check 3', 'pnpm']) expect(documents).toContain(name);
});

function prepare(directory: string, { type = 'module', files }: Consumer): void {
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ private: true, type }));
  writeFileSync(join(directory, 'crm.csv'), 'id,tier\nC-1,gold\n');
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
}

async function install(directory: string, command: string, others: readonly string[]): Promise<string> {
  const words = [...command.split(' '), installed.tarball, ...others];
  const { stdout, stderr } = await promisify(execFile)('env', words, { cwd: directory });
  return stdout + stderr;
}

/** On the Node that runs this, and with nothing of this repository on the path. */
function typed(line: string, directory: string) {
  const inherited = (process.env['PATH'] ?? '').split(':').filter((each) => !each.includes('node_modules'));
  const PATH = [dirname(process.execPath), ...inherited].join(':');
  return runCommand('sh', ['-c', line], { cwd: directory, env: { PATH } });
}
