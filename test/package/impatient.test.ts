/** A second Ctrl-C ends `tpe` at once, and whatever it had started with it. */
import { resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { startCommand } from './run-command.ts';

const tpe = resolve('dist/cli.js');
const isThere = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

it('of a command that will not be stopped nothing is left: it ends with 130, and the command is gone', async () => {
  const script = `
    for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => {});
    setInterval(() => {}, 1000);
    console.log('started ' + process.pid);
  `;
  const running = startCommand(tpe, ['exec', '--', process.execPath, '-e', script]);
  const [, pid] = /started (\d+)/.exec(await running.printed(/started \d+/))!;
  // Two that come close are one key press, so it is told until it has heard a second one.
  const isOver = running.finished.then(() => true);
  do running.process.kill('SIGTERM');
  while (!(await Promise.race([isOver, setTimeout(50, false)])));
  expect(await running.finished).toMatchObject({ code: 130 });
  await expect.poll(() => isThere(Number(pid))).toBe(false);
});
