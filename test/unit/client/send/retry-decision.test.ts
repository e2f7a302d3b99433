import { describe, expect, it } from 'vitest';
import { NetworkError, RateLimitedError, RefusedError, ServerError } from '../../../../src/client/index.ts';
import { retryDecision } from '../../../../src/client/send/retry-decision.ts';

const decide = (error: Parameters<typeof retryDecision>[0]['error'], attempt = 1, chance = 1) =>
  retryDecision({ error, attempt, attemptsMax: 5, chance });

describe('retryDecision', () => {
  it('doubles the wait after each network error or 5xx, up to a minute, never at once', () => {
    const waits = [1, 2, 3, 4].map((attempt) => decide(new NetworkError('x'), attempt));
    expect(waits).toEqual([1000, 2000, 4000, 8000].map((afterMs) => ({ kind: 'retry', afterMs })));
    expect(decide(new ServerError('x', 502), 1, 0)).toEqual({ kind: 'retry', afterMs: 500 });
    const late = retryDecision({ error: new NetworkError('x'), attempt: 50, attemptsMax: 100, chance: 1 });
    expect(late).toEqual({ kind: 'retry', afterMs: 60_000 });
  });

  it('err-rate-503: closes the window for at least a minute', () => {
    expect(decide(new RateLimitedError('x'), 1, 0)).toEqual({ kind: 'close-window', afterMs: 60_000 });
    expect(decide(new RateLimitedError('x'), 4, 1)).toEqual({ kind: 'close-window', afterMs: 65_000 });
  });

  it('gives up at the last attempt and on what sending again cannot mend', () => {
    expect(decide(new NetworkError('x'), 5)).toEqual({ kind: 'give-up' });
    expect(decide(new RateLimitedError('x'), 5)).toEqual({ kind: 'give-up' });
    expect(decide(new RefusedError('x', 403))).toEqual({ kind: 'give-up' });
  });
});
