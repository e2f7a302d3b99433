/** The recipes of docs/uploading.md, as they stand there. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXIT_CODES } from '../../src/cli/problem.ts';
import { runCommand, serve, type ServedEmulator, stop } from './run-command.ts';

const tpe = resolve('dist/cli.js');
const document = readFileSync('docs/uploading.md', 'utf8');

function block(language: string, begin: string): string {
  const blocks = [...document.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'))];
  const found = blocks.map(([, text]) => text!).find((text) => text.startsWith(begin));
  if (found === undefined) throw new Error(`There is no block of ${language} that begins with ${begin}.`);
  return found;
}

let directory: string;
let emulator: ServedEmulator;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'tpe-nightly-'));
  emulator = await serve(tpe, ['--memory', '--pace', 'immediate']);
  mkdirSync(join(directory, 'bin'));
  symlinkSync(tpe, join(directory, 'bin', 'tpe'));
  writeFileSync(join(directory, 'nightly.sh'), block('sh', '#!/bin/sh\n'), { mode: 0o755 });
  writeFileSync(join(directory, 'crm.csv'), readFileSync('samples/crm-export.csv'));
});
afterAll(async () => {
  await stop(emulator);
  rmSync(directory, { recursive: true });
});

async function night(endpoint: string) {
  const config = block('json', '{\n  "accounts"').replace('https://acme.tt.omtrdc.net', endpoint);
  writeFileSync(join(directory, 'tpe.config.json'), config);
  const env = {
    PATH: `${join(directory, 'bin')}:${process.env['PATH']}`,
    XDG_STATE_HOME: join(directory, 'state'),
  };
  const ended = await runCommand(join(directory, 'nightly.sh'), [], { cwd: directory, env });
  const report = readFileSync(join(directory, 'report.json'), 'utf8');
  return { ...ended, report: JSON.parse(report) as Record<string, unknown> };
}

describe('the nightly load', () => {
  it('fails for now where nobody answers, and goes on with it the next night', async () => {
    const first = await night('http://127.0.0.1:1');
    expect(first.code, first.stderr).toBe(EXIT_CODES.temporary);
    const job = first.report['job'];
    expect(job).toMatch(/^\d{8}-/);
    const jobs = () => runCommand(tpe, ['jobs', '--json', '--state', join(directory, 'state', 'tpe')]);
    expect(JSON.parse((await jobs()).stdout)).toMatchObject([{ id: job, state: 'open' }]);

    // The job keeps its address; whoever moved the service forgets it.
    await runCommand(tpe, ['jobs', 'forget', String(job), '--state', join(directory, 'state', 'tpe')]);
    const second = await night(emulator.url);
    expect(second.code, second.stderr).toBe(EXIT_CODES.rowsRejected);
    expect(second.report).toMatchObject({
      state: 'done',
      total: { submitted: 319, failed: 0, unaccounted: 0 },
      skippedRows: 1,
    });
    expect(JSON.parse((await jobs()).stdout)).toMatchObject([{ state: 'ended', result: 'done' }]);
    const events = second.stderr.trimEnd().split('\n');
    expect(JSON.parse(events.at(-1)!)).toMatchObject({ kind: 'settled', job: second.report['job'] });
  });

  it('is finished for systemd where it is for us', () => {
    const unit = block('ini', '[Service]');
    expect(unit).toContain(`SuccessExitStatus=${EXIT_CODES.rowsRejected}\n`);
    expect(unit).toMatch(/^ExecStart=\/srv\/crm\/nightly\.sh$/m);
  });
});

it('the program of the library works', async () => {
  const code = block('js', 'import { createUploader, resumeUpload')
    .replace("'target-profile-emulator/client'", JSON.stringify(resolve('dist/client.js')))
    .replace('http://127.0.0.1:8181', emulator.url);
  writeFileSync(join(directory, 'library.mjs'), code);
  const { stdout, stderr } = await runCommand(process.execPath, ['library.mjs'], { cwd: directory });
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^done \{/);
  expect(stdout).toContain('updated: 2');
});
