import { describe, expect, it } from 'vitest';
import { systemClock, systemRandom } from '../../../../src/client/runtime/clock.ts';

describe('systemClock', () => {
  it('sleeps not at all for nothing, and ends a long sleep with the signal', async () => {
    const clock = systemClock();
    await clock.sleep(0);
    const abort = new AbortController();
    const day = clock.sleep(24 * 3_600_000, abort.signal);
    abort.abort(new Error('enough'));
    await expect(day).rejects.toMatchObject({ cause: { message: 'enough' } });
    await expect(clock.sleep(0, abort.signal)).rejects.toThrow('enough');
  });

  it('never goes back', () => {
    const clock = systemClock();
    const before = clock.now();
    expect(clock.now()).toBeGreaterThanOrEqual(before);
  });
});

describe('systemRandom', () => {
  it('stays within [0, 1)', () => {
    const random = systemRandom();
    for (let draw = 0; draw < 1000; draw += 1) {
      const chance = random.next();
      expect(chance >= 0 && chance < 1).toBe(true);
    }
  });
});
