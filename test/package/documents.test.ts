/** What README and docs tell people to type works as written. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installPackage, type InstalledPackage } from './installed-package.ts';
import { linkModules } from './typed-document.ts';
import { runCommand, serve, stop, type ServedEmulator } from './run-command.ts';

/** Lines that are not run here, and why. */
const NOT_RUN: Readonly<Record<string, string>> = {
  'npm ci && npm start': 'the set-up itself: it would replace node_modules under our feet',
  'npm ci && npm test': 'the set-up itself',
  'npm pack': 'it would build dist/ anew under our feet; test/package/consumers.test.ts packs and installs',
  'npm i -D ./target-profile-emulator-*.tgz': 'the same',
  'docker compose up --build --wait': 'needs a container engine; test/tidy/compose.test.ts checks the file',
};
/** The sample has an illegal id and an upload says so. */
const EXIT_CODES: readonly (readonly [RegExp, number])[] = [
  [/--dry-run/, 0],
  [/tpe upload/, 4],
];

/** What stands in docs/testing.md for the reader's own. */
const UPLOAD_WITH_YOUR_CODE = `async function uploadWithYourCode({ endpoint, client }) {
  const url = \`\${endpoint}/m2/\${client}/v2/profile/batchUpdate\`;
  const body = 'batch=thirdPartyId,tier\\nC-1,gold\\n';
  while ((await fetch(url, { method: 'POST', body })).status === 503);
}`;

let emulator: ServedEmulator;
let installed: InstalledPackage;
beforeAll(async () => {
  installed = installPackage();
  mkdirSync(join(installed.directory, 'node_modules/@adobe'));
  const sdk = 'node_modules/@adobe/target-nodejs-sdk';
  symlinkSync(join(process.cwd(), sdk), join(installed.directory, sdk));
  emulator = await serve(join(process.cwd(), 'dist/cli.js'), ['--memory', '--pace', 'immediate']);
});
afterAll(async () => {
  await stop(emulator);
  installed.remove();
});

const lines = ['README.md', 'docs/control-api.md', 'docs/uploading.md', 'docs/staging.md'].flatMap((file) =>
  // A whole script is run by test/package/uploading-recipes.test.ts.
  blocks(file, 'sh')
    .filter((block) => !block.startsWith('#!'))
    .flatMap((block) =>
      block
        .trim()
        .split('\n')
        .map((line) => ({ file, line })),
    ),
);

describe('the command lines', () => {
  it.each(lines.filter(({ line }) => !(line in NOT_RUN)))('of $file work: $line', async ({ line }) => {
    const { code, stdout, stderr } = await runCommand('sh', ['-c', atEmulator(line)], {
      // What is 8181 when nothing is said.
      env: { TPE_PORT: new URL(emulator.url).port },
    });
    const expected = EXIT_CODES.find(([pattern]) => pattern.test(line))?.[1] ?? 0;
    expect({ code, stderr: code === expected ? '' : stderr }).toEqual({ code: expected, stderr: '' });
    expect(stdout).not.toBe('');
    expect(stdout).not.toContain('"error"');
    expect(stdout).not.toContain('<success>false</success>');
  });

  it('for the set-up are exactly two', () => {
    const setUp = lines.filter(({ line }) => line.startsWith('npm ci')).map(({ line }) => line);
    expect(setUp).toEqual(['npm ci && npm start', 'npm ci && npm test']);
  });

  it('that are left out are still there', () => {
    for (const line of Object.keys(NOT_RUN)) expect(lines.map((each) => each.line)).toContain(line);
  });
});

describe('the code', () => {
  const programs = blocks('README.md', 'js').map((code, index) => ({ name: `program ${index + 1}`, code }));

  it('of README has an uploader and an emulator', () => {
    expect(programs).toHaveLength(2);
  });

  it.each(programs)('of README runs: $name', async ({ name, code }) => {
    const file = join(installed.directory, `${name.replace(' ', '-')}.mjs`);
    writeFileSync(file, atEmulator(code));
    const { code: exitCode, stdout, stderr } = await runCommand(process.execPath, [file]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/submitted: 319|value: 'gold'/);
  });
});

describe('the code for other people to type', () => {
  it('of README passes strict TypeScript, without skipLibCheck and without our development dependencies', async () => {
    const files = blocks('README.md', 'js').map((code, index) => {
      const name = `typed-${index}.mts`;
      writeFileSync(join(installed.directory, name), code);
      return name;
    });
    const compilerOptions = {
      module: 'nodenext',
      target: 'es2023',
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
      noEmit: true,
      typeRoots: [join(process.cwd(), 'node_modules/@types')],
      types: ['node'],
    };
    writeFileSync(join(installed.directory, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
    const tsc = join(process.cwd(), 'node_modules/typescript/bin/tsc');
    const { code, stdout } = await runCommand(process.execPath, [tsc, '-p', installed.directory]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
  });

  it('of docs/testing.md for emulator.app prints what it says', async () => {
    const [program, ...others] = blocks('docs/testing.md', 'js');
    expect(others).toEqual([]);
    const file = join(installed.directory, 'from-testing.mjs');
    // `await using` is newer than the oldest Node that is supported.
    writeFileSync(file, program!.replace('await using', 'const') + '\nawait emulator.close();\n');
    const { code, stdout, stderr } = await runCommand(process.execPath, [file]);
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'gold\n', stderr: '' });
  });

  it('of docs/testing.md for vitest passes as a file of vitest', async () => {
    const all = blocks('docs/testing.md', 'ts').filter((code) => !code.includes("from 'node:test'"));
    const tests = all.filter((code) => code.includes('emulatorTest'));
    const statements = all.filter((code) => !code.includes('emulatorTest'));
    expect([tests.length, statements.length]).toEqual([3, 1]);
    const program = [
      "import TargetClient from '@adobe/target-nodejs-sdk';",
      UPLOAD_WITH_YOUR_CODE,
      ...tests,
      `emulatorTest('time passes', async ({ client, emulator }) => {\n${statements.join('')}});`,
    ].join('\n');
    const file = join(installed.directory, 'from-testing.vitest.test.ts');
    writeFileSync(file, program);
    const vitest = join(process.cwd(), 'node_modules/vitest/vitest.mjs');
    const options = { cwd: installed.directory, env: { NO_COLOR: '1' } };
    const ended = await runCommand(process.execPath, [vitest, 'run', 'from-testing.vitest'], options);
    expect(ended.stdout + ended.stderr).toMatch(/^ +Tests +4 passed \(4\)$/m);
  });

  it('of docs/testing.md for a shell ends as the command behind it does', { timeout: 240_000 }, async () => {
    const bin = join(installed.directory, 'node_modules/.bin');
    const asking = '#!/bin/sh\nexec curl -sS "$TPE_URL/rest/v1/profiles/1?client=$TPE_CLIENT"\n';
    for (const runner of ['pytest', 'vitest']) writeFileSync(join(bin, runner), asking, { mode: 0o755 });
    const test = 'await fetch(`${process.env.TPE_URL}/rest/v1/profiles/1?client=${process.env.TPE_CLIENT}`);\n';
    const cwd = join(installed.directory, 'shell');
    mkdirSync(cwd);
    linkModules(installed)(cwd);
    writeFileSync(join(cwd, 'asking.test.mjs'), test);
    for (const line of blocks('docs/testing.md', 'sh').join('').trim().split('\n')) {
      const options = { cwd, env: { PATH: `${bin}:${process.env['PATH']}` } };
      // oxlint-disable-next-line no-await-in-loop
      const { code, stdout, stderr } = await runCommand('sh', ['-c', line], options);
      expect({ line, code, told: code === 0 ? '' : stdout + stderr }).toEqual({ line, code: 0, told: '' });
    }
  });

  it('of docs/testing.md for node:test passes as a file of node:test', async () => {
    const [program, ...others] = blocks('docs/testing.md', 'ts').filter((code) => code.includes("from 'node:test'"));
    expect(others).toEqual([]);
    const file = join(installed.directory, 'from-testing.test.mjs');
    writeFileSync(file, program!);
    const { code, stdout } = await runCommand(process.execPath, ['--test', '--test-reporter=tap', file]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^# pass 1$/m) });
  });
});

/** The fenced blocks of one language. */
function blocks(file: string, language: string): readonly string[] {
  const found = readFileSync(file, 'utf8').matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'));
  return [...found].map(([, block]) => block!);
}

/** The documents speak of port 8181; a test takes a free one. */
function atEmulator(text: string): string {
  return text.replaceAll('http://127.0.0.1:8181', emulator.url);
}
