/** What becomes of a run of drills, and of its servers, when a drill throws. */
import { execFile } from 'node:child_process';
import { expect, it } from 'vitest';
import { startServer } from '../../scripts/drill/server.ts';

it('A drill that throws is a broken promise, and those after it are run and reported', async () => {
  const args = ['scripts/run.js', 'scripts/drill/main.ts', '--only', 'health,kill,control-json'];
  const options = { env: { ...process.env, TMPDIR: '/nowhere-to-write' } };
  const { code, stdout } = await new Promise<{ code: unknown; stdout: string }>((done) => {
    const asked = [...args, '--quick', '--seed', '1', '--amount', '2'];
    execFile(process.execPath, asked, options, (error, text) => done({ code: error?.code, stdout: text }));
  });
  expect(code).toBe(1);
  expect(stdout).toMatch(/^\| health +\| .*requests 2.* \| none \|/m);
  expect(stdout).toMatch(/^\| kill +\| .*\*\*1\*\*/m);
  expect(stdout).toMatch(/^\| control-json +\| .*requests \d.* \| none \|/m);
}, 60_000);

it('A server does not outlive the process that drills it, and leaves nothing behind once it has ended', async () => {
  const before = process.listeners('exit');
  const server = await startServer(['--memory']);
  expect(server.isRunning()).toBe(true);
  for (const listener of process.listeners('exit')) if (!before.includes(listener)) listener(1);
  expect(await server.ended).toEqual({ code: null, signal: 'SIGKILL' });
  expect(server.isRunning()).toBe(false);
  expect(process.listeners('exit')).toEqual(before);
}, 30_000);
