import { describe, expect, it } from 'vitest';
import { type Clock, virtualClock } from '../../../../src/server/runtime/clock.ts';
import { steeredClock, TIME_MS_MAX } from '../../../../src/server/runtime/steered-clock.ts';

const START = Date.UTC(2026, 0, 1);
const DAY_MS = 24 * 60 * 60 * 1000;

/** A machine whose time the test moves; it can be read and waited on, like the real one. */
function machine(): { readonly clock: Clock; pass(ms: number): void } {
  const time = virtualClock(START);
  return { clock: { now: time.now, wakeAt: time.wakeAt }, pass: time.advance };
}

describe('a real clock', () => {
  it('goes on by itself, from wherever it was put', () => {
    const { clock, pass } = machine();
    const steered = steeredClock(clock);
    expect([steered.kind, steered.now()]).toEqual(['real', START]);
    steered.advance(DAY_MS);
    pass(5);
    expect(steered.now()).toBe(START + DAY_MS + 5);
    steered.set(1000);
    pass(5);
    expect(steered.now()).toBe(1005);
  });

  it('stands while it is frozen, can be moved there, and goes on from where it stood', () => {
    const { clock, pass } = machine();
    const steered = steeredClock(clock);
    steered.freeze();
    pass(DAY_MS);
    expect([steered.isFrozen(), steered.now()]).toEqual([true, START]);
    steered.advance(7);
    steered.thaw();
    pass(3);
    expect([steered.isFrozen(), steered.now()]).toEqual([false, START + 10]);
  });

  it('wakes what falls due, in order: by passing, by a jump, never while frozen, not when taken back', () => {
    const { clock, pass } = machine();
    const steered = steeredClock(clock);
    const woken: string[] = [];
    steered.wakeAt(START + 30, () => woken.push('late'));
    steered.wakeAt(START + 10, () => woken.push('early'));
    steered.wakeAt(START + 20, () => woken.push('never'))();
    steered.freeze();
    pass(DAY_MS);
    expect(woken).toEqual([]);
    steered.thaw();
    pass(10);
    expect(woken).toEqual(['early']);
    steered.advance(DAY_MS);
    expect(woken).toEqual(['early', 'late']);
  });
});

describe('a virtual clock', () => {
  it('stands until told, frozen or not, and cannot be thawed', () => {
    const steered = steeredClock(virtualClock(START));
    steered.freeze();
    steered.advance(DAY_MS);
    expect([steered.kind, steered.isFrozen(), steered.now()]).toEqual(['virtual', true, START + DAY_MS]);
    steered.set(START);
    expect(steered.now()).toBe(START);
    expect(() => steered.thaw()).toThrow('stands still until told');
  });
});

it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, TIME_MS_MAX + 1])('no clock is moved to or by %d', (ms) => {
  for (const clock of [steeredClock(virtualClock(START)), steeredClock(machine().clock)]) {
    expect(() => clock.set(ms)).toThrow(RangeError);
    expect(() => clock.advance(ms)).toThrow(RangeError);
    expect(clock.now()).toBe(START);
  }
});
