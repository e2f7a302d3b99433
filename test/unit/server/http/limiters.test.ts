/** The limiters' memory: what they count, and whom they forget. */
import { describe, expect, it } from 'vitest';
import { type ClientCode, SINGLE_UPDATES_PER_DAY } from '../../../../src/protocol/vocabulary/index.ts';
import { rateLimiter, updateLimiter } from '../../../../src/server/http/limiters.ts';

const HOUR_MS = 3_600_000;
const [a, b, c] = ['a', 'b', 'c'] as ClientCode[] as [ClientCode, ClientCode, ClientCode];

describe('our-rate-window', () => {
  it('admits 50 calls in any 60 seconds, and does not count a refused one', () => {
    const limiter = rateLimiter();
    for (let call = 0; call < 50; call += 1) expect(limiter.call(a, call * 1_000)).toBeUndefined();
    for (let call = 0; call < 9; call += 1) expect(limiter.call(a, 59_999)).toMatchObject({ rule: 'err-rate-503' });
    expect(limiter.call(a, 60_000)).toBeUndefined();
    expect(limiter.call(a, 60_000)).toMatchObject({ rule: 'err-rate-503' });
    expect(limiter.call(a, 61_000)).toBeUndefined();
  });

  it('counts each client for itself', () => {
    const limiter = rateLimiter();
    for (let call = 0; call < 50; call += 1) limiter.call(a, 0);
    expect(limiter.call(a, 0)).toBeDefined();
    expect(limiter.call(b, 0)).toBeUndefined();
    limiter.forget(a);
    expect(limiter.call(a, 0)).toBeUndefined();
  });

  it('is bounded: of too many clients the one that called longest ago is forgotten', () => {
    const limiter = rateLimiter(2);
    for (let call = 0; call < 50; call += 1) limiter.call(a, 0);
    limiter.call(b, 0);
    expect(limiter.call(a, 0)).toBeDefined();
    limiter.call(c, 0);
    expect(limiter.call(a, 0)).toBeUndefined();
  });
});

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
