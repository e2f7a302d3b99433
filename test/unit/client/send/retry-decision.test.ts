import { describe, expect, it } from 'vitest';
import { UploadError } from '../../../../src/client/index.ts';
import {
  classOfCode,
  classOfStatus,
  type Failure,
  retryAfterMs,
  retryDecision,
} from '../../../../src/client/send/retry-decision.ts';

const decide = (error: Failure['error'], changes: Partial<Failure> = {}) =>
  retryDecision({
    error,
    failures: 1,
    failingForMs: 0,
    outageMaxMs: 3_600_000,
    isKnownEndpoint: true,
    chance: 1,
    ...changes,
  });
const retry = (afterMs: number) => ({ kind: 'retry', afterMs });
const GIVE_UP = { kind: 'give-up' };

describe('retryDecision', () => {
  it('doubles the wait after each network error or 5xx, up to a minute, never at once', () => {
    const waits = [1, 2, 3, 4, 50].map((failures) => decide(new UploadError('network', 'x'), { failures }));
    expect(waits).toEqual([1000, 2000, 4000, 8000, 60_000].map(retry));
    expect(decide(new UploadError('server-error', 'x', { status: 502 }), { chance: 0 })).toEqual(retry(500));
  });

  it('goes on for as long as an outage may last, and no longer', () => {
    const after = (failingForMs: number, outageMaxMs: number) =>
      decide(new UploadError('network', 'x'), { failures: 9, failingForMs, outageMaxMs });
    expect(after(3_540_000, 3_600_000)).toEqual(retry(60_000));
    expect(after(3_540_001, 3_600_000)).toEqual(GIVE_UP);
    expect(after(0, 0)).toEqual(GIVE_UP);
  });

  it('err-rate-503: closes the window for at least a minute, or as long as the service says', () => {
    expect(decide(new UploadError('rate-limited', 'x'), { chance: 0 })).toEqual({
      kind: 'close-window',
      afterMs: 60_000,
    });
    expect(decide(new UploadError('rate-limited', 'x'))).toEqual({ kind: 'close-window', afterMs: 65_000 });
    const asked = new UploadError('rate-limited', 'x', { retryAfterMs: 7_000 });
    expect(decide(asked, { chance: 0 })).toEqual({ kind: 'close-window', afterMs: 7_000 });
  });

  it('waits for a few closed windows even where an outage may be short, unless none may be', () => {
    const paused = (failingForMs: number, outageMaxMs: number) =>
      decide(new UploadError('rate-limited', 'x'), { failingForMs, outageMaxMs, chance: 0 }).kind;
    expect([paused(0, 15_000), paused(240_000, 15_000), paused(240_001, 15_000)]).toEqual([
      'close-window',
      'close-window',
      'give-up',
    ]);
    expect(paused(0, 0)).toBe('give-up');
  });

  it('waits as long as a 5xx asks for', () => {
    expect(decide(new UploadError('server-error', 'x', { status: 500, retryAfterMs: 30_000 }))).toEqual(retry(30_000));
    expect(decide(new UploadError('server-error', 'x', { status: 500, retryAfterMs: 10 }), { chance: 0 })).toEqual(
      retry(500),
    );
  });

  it('gives up at once on what sending again cannot mend', () => {
    for (const error of [
      new UploadError('refused', 'x', { status: 403 }),
      new UploadError('untrusted', 'x'),
      new UploadError('input-changed', 'x'),
    ]) {
      expect(decide(error)).toEqual(GIVE_UP);
    }
  });

  it('gives up at once where nothing says that this is the right place, and goes on where something does', () => {
    const doubtful = [
      new UploadError('network', 'x', { systemCode: 'ECONNREFUSED' }),
      new UploadError('network', 'x', { systemCode: 'ENOTFOUND' }),
      new UploadError('reply-unreadable', 'x'),
    ];
    for (const error of doubtful) {
      expect(decide(error, { isKnownEndpoint: false })).toEqual(GIVE_UP);
      expect(decide(error)).toEqual(retry(1000));
    }
    const cut = new UploadError('reply-unreadable', 'x', { retryable: true });
    expect(decide(cut, { isKnownEndpoint: false })).toEqual(retry(1000));
    const reset = new UploadError('network', 'x', { systemCode: 'ECONNRESET' });
    expect(decide(reset, { isKnownEndpoint: false })).toEqual(retry(1000));
  });
});

describe('the class of a failure', () => {
  it.each([
    [408, 'retry'],
    [425, 'retry'],
    [429, 'pause'],
    [503, 'pause'],
    [500, 'retry'],
    [502, 'retry'],
    [504, 'retry'],
    [501, 'give-up'],
    [302, 'give-up'],
    [400, 'give-up'],
    [401, 'give-up'],
    [403, 'give-up'],
    [404, 'give-up'],
    [413, 'give-up'],
  ])('of a %i is %s', (status, expected) => {
    expect(classOfStatus(status)).toBe(expected);
  });

  it.each([
    [undefined, 'retry'],
    ['ECONNRESET', 'retry'],
    ['ETIMEDOUT', 'retry'],
    ['EAI_AGAIN', 'retry'],
    ['ECONNREFUSED', 'doubtful'],
    ['ENOTFOUND', 'doubtful'],
    ['EPROTO', 'doubtful'],
    ['CERT_HAS_EXPIRED', 'untrusted'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'untrusted'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'untrusted'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'untrusted'],
  ])('of the code %s is %s', (code, expected) => {
    expect(classOfCode(code)).toBe(expected);
  });
});

describe('retryAfterMs', () => {
  const NOW = Date.UTC(2026, 0, 1);
  it.each([
    ['120', 120_000],
    ['0', 1_000],
    ['999999', 3_600_000],
    [' 5 ', 5_000],
    ['Thu, 01 Jan 2026 00:02:00 GMT', 120_000],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 1_000],
    ['Fri, 02 Jan 2026 00:00:00 GMT', 3_600_000],
    ['soon', undefined],
    ['', undefined],
    ['-5', undefined],
    [null, undefined],
  ])('reads %j as %s', (header, expected) => {
    expect(retryAfterMs(header, NOW)).toBe(expected);
  });
});
