import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Pace } from '../../../../src/client/send/pace.ts';
import { PACE_WINDOW_MS, paceDelayMs } from '../../../../src/client/send/pace.ts';
import { fakeClock } from '../support.ts';

describe('paceDelayMs', () => {
  it('waits for the oldest call that blocks to leave the window', () => {
    expect(paceDelayMs([], 0, 2)).toBe(0);
    expect(paceDelayMs([0], 10, 2)).toBe(0);
    expect(paceDelayMs([0, 10], 20, 2)).toBe(59_980);
    expect(paceDelayMs([0, 10], 60_000, 2)).toBe(0);
    expect(paceDelayMs([0, 10], 20, Infinity)).toBe(0);
  });
});

describe('Pace', () => {
  it('lim-calls-min: never lets more calls into any minute, whatever happens between them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.integer({ min: 0, max: 30_000 }), { minLength: 1, maxLength: 60 }),
        async (callsPerMinute, gaps) => {
          const clock = fakeClock();
          const pace = new Pace(clock, callsPerMinute);
          const times: number[] = [];
          for (const gapMs of gaps) {
            await pace.turn('submit');
            times.push(clock.now());
            await clock.sleep(gapMs);
          }
          for (const [index, atMs] of times.entries()) {
            const before = times[index - callsPerMinute];
            if (before !== undefined) expect(atMs - before).toBeGreaterThanOrEqual(PACE_WINDOW_MS);
          }
        },
      ),
    );
  });

  it('holds every call back while the window is closed', async () => {
    const clock = fakeClock();
    const pace = new Pace(clock, Infinity);
    pace.closeWindow(60_000);
    pace.closeWindow(10);
    await pace.turn('submit');
    expect(clock.now()).toBe(60_000);
  });

  it('ends with the signal', async () => {
    const clock = fakeClock();
    const pace = new Pace(clock, 1);
    await pace.turn('submit');
    await expect(pace.turn('submit', AbortSignal.abort())).rejects.toThrow();
  });
});
