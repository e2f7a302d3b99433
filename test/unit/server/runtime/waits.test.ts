/** Waits on a clock: they end when it has moved, when somebody aborts, and when all of them are ended. */
import { expect, it } from 'vitest';
import { virtualClock } from '../../../../src/server/runtime/clock.ts';
import { clockWaits } from '../../../../src/server/runtime/waits.ts';

it('a wait is over when the clock has moved so far, and not before', async () => {
  const clock = virtualClock();
  const waits = clockWaits();
  let isOver = false;
  const wait = waits.sleep(100, clock).then(() => (isOver = true));
  clock.advance(99);
  await Promise.resolve();
  expect(isOver).toBe(false);
  clock.advance(1);
  await wait;
});

it('an abort ends one, and end() all, those to come too', async () => {
  const clock = virtualClock();
  const waits = clockWaits();
  const abort = new AbortController();
  const one = waits.sleep(100, clock, abort.signal);
  abort.abort();
  await one;
  const two = waits.sleep(100, clock);
  waits.end();
  await two;
  await waits.sleep(100, clock);
});
