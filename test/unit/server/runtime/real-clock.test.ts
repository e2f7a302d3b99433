/** The machine's clock is set back and on, by hand or by the network: waits end all the same. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { realClock } from '../../../../src/server/runtime/clock.ts';
import { steeredClock } from '../../../../src/server/runtime/steered-clock.ts';

const START = Date.UTC(2030, 0, 1);
const HOUR_MS = 60 * 60 * 1000;

beforeEach(() => {
  vi.useFakeTimers({ now: START });
});
afterEach(() => {
  vi.useRealTimers();
});

it.each([
  ['back an hour', -HOUR_MS],
  ['back a hundred years', -876_000 * HOUR_MS],
  ['on by a second', 1_000],
  ['on an hour', HOUR_MS],
])('a wait of two seconds ends though the clock is set %s meanwhile', (_, jumpMs) => {
  for (const clock of [realClock(), steeredClock(realClock())]) {
    let woken = 0;
    clock.wakeAt(clock.now() + 2_000, () => (woken += 1));
    vi.advanceTimersByTime(500);
    vi.setSystemTime(Date.now() + jumpMs);
    vi.advanceTimersByTime(1_501);
    expect(woken).toBe(1);
    vi.advanceTimersByTime(HOUR_MS);
    expect(woken).toBe(1);
  }
});

it('time never goes back, and goes on as fast as ever after a jump', () => {
  const clock = realClock();
  vi.advanceTimersByTime(5_000);
  expect(clock.now()).toBe(START + 5_000);
  vi.setSystemTime(START - HOUR_MS);
  expect(clock.now()).toBe(START + 5_000);
  vi.advanceTimersByTime(700);
  expect(clock.now()).toBe(START + 5_700);
  vi.setSystemTime(START + 10 * HOUR_MS);
  expect(clock.now()).toBeGreaterThanOrEqual(START + 10 * HOUR_MS);
});

it('a wait of hours ends soon after the clock was set on beyond its end', () => {
  const clock = realClock();
  let woken = false;
  clock.wakeAt(START + 5 * HOUR_MS, () => (woken = true));
  vi.advanceTimersByTime(1_000);
  vi.setSystemTime(START + 6 * HOUR_MS);
  vi.advanceTimersByTime(10_000);
  expect(woken).toBe(true);
});

it('a wait that is taken back wakes nobody, however many hops it took', () => {
  const clock = realClock();
  let woken = false;
  const takeBack = clock.wakeAt(START + HOUR_MS, () => (woken = true));
  vi.advanceTimersByTime(35_000);
  takeBack();
  vi.advanceTimersByTime(2 * HOUR_MS);
  expect(woken).toBe(false);
});
