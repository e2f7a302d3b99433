/** Time stands still while somebody runs. */
import { expect, it } from 'vitest';
import { simulatedTime } from '../../src/sim/simulation/simulated-time.ts';

it('wakes one sleeper at a time, the earliest first, and those of one time in the order they lay down', async () => {
  const time = simulatedTime(0);
  const woken: string[] = [];
  for (const [name, ms] of [
    ['late', 20],
    ['first', 10],
    ['second', 10],
  ] as const) {
    time.start(async () => {
      await time.sleep(ms);
      woken.push(`${name} ${time.now()}`);
    });
  }
  await time.settled();
  expect(woken).toEqual([]);
  await time.wakeNext();
  expect(woken).toEqual(['first 10']);
  while (time.nextAt() !== undefined) await time.wakeNext();
  expect(woken).toEqual(['first 10', 'second 10', 'late 20']);
});

it('lets a sleeper go whose signal is aborted, at once and only once', async () => {
  const time = simulatedTime(0);
  const controller = new AbortController();
  const seen: string[] = [];
  time.start(async () => {
    await time.sleep(100, controller.signal).catch(() => seen.push(`interrupted ${time.now()}`));
    await time.sleep(5, controller.signal).catch(() => seen.push('still interrupted'));
  });
  time.start(async () => {
    await time.sleep(10);
    controller.abort();
  });
  await time.settled();
  await time.wakeNext();
  expect(seen).toEqual(['interrupted 10', 'still interrupted']);
  expect(time.nextAt()).toBe(undefined);
});

it('waits for what an activity does outside the clock', async () => {
  const time = simulatedTime(0);
  let isDone = false;
  time.start(async () => {
    await new Promise((resolve) => setImmediate(resolve));
    isDone = true;
  });
  await time.settled();
  expect(isDone).toBe(true);
});
