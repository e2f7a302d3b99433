import { describe, expect, it } from 'vitest';
import { SINGLE_UPDATES_PER_DAY } from '../../../../src/protocol/vocabulary/index.ts';
import { updateLimiter } from '../../../../src/server/http/update-limiter.ts';

const HOUR_MS = 3_600_000;

describe('lim-single-rate', () => {
  it('the millionth call of a day is taken and the next is not', () => {
    const limiter = updateLimiter();
    for (let call = 0; call < SINGLE_UPDATES_PER_DAY; call += 1)
      if (limiter.call('demo', HOUR_MS) !== undefined) throw new Error(`call ${call + 1} was refused`);
    expect(limiter.call('demo', HOUR_MS)).toMatchObject({ rule: 'lim-single-rate' });
    expect(limiter.call('other', HOUR_MS)).toBeUndefined();
    expect(limiter.call('demo', 24 * HOUR_MS)).toMatchObject({ rule: 'lim-single-rate' });
    expect(limiter.call('demo', 25 * HOUR_MS)).toBeUndefined();
  });

  it('hours to come count for nothing once the clock is set back, and are forgotten by the next call', () => {
    const limiter = updateLimiter();
    const call = (hour: number) => limiter.call('demo', hour * HOUR_MS, 0, 1)?.rule;
    expect([call(30), call(30), call(29)]).toEqual([undefined, 'lim-single-rate', undefined]);
    expect([call(29), call(52), call(53)]).toEqual(['lim-single-rate', 'lim-single-rate', undefined]);
  });

  it('who asks counts nothing', () => {
    const limiter = updateLimiter();
    const ask = () => limiter.ask('demo', 0, 0, 1)?.rule;
    expect([ask(), ask(), limiter.call('demo', 0, 0, 1), ask()]).toEqual([
      undefined,
      undefined,
      undefined,
      'lim-single-rate',
    ]);
  });

  it('what others spend counts, and what is forgotten or remembered again is as it was', () => {
    const limiter = updateLimiter();
    const call = () => limiter.call('demo', 0, SINGLE_UPDATES_PER_DAY - 2)?.rule;
    expect([call(), call(), call()]).toEqual([undefined, undefined, 'lim-single-rate']);
    const restore = limiter.remember();
    limiter.forget('demo');
    expect(call()).toBeUndefined();
    restore();
    expect(call()).toBe('lim-single-rate');
  });
});
