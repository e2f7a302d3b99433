/** The rate limiter's memory: what it counts, and whom it forgets. */
import { describe, expect, it } from 'vitest';
import type { ClientCode } from '../../../../src/protocol/vocabulary/index.ts';
import { rateLimiter } from '../../../../src/server/http/rate-limiter.ts';

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
