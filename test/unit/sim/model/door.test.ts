import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../../../src/protocol/vocabulary/index.ts';
import { httpStatusOf, isOddContentType, refusalAtTheDoor, type ModelRequest } from '../../../../src/sim/model/door.ts';
import { isShownIncomplete } from '../../../../src/sim/model/replies.ts';
import { isTooLarge, readSingleUpdate } from '../../../../src/sim/model/delivery.ts';

const GOOD: ModelRequest = {
  method: 'POST',
  pathClient: 'demo',
  hostClient: undefined,
  contentEncoding: undefined,
  callTimes: [],
  waiting: 0,
  waitingMax: 10,
  now: 60_000,
};
const LIMITED = { ...DEFAULT_SETTINGS, rateLimit: 'submissions' } as const;

describe("the model's door", () => {
  it('lim-calls-min, our-rate-window: the 51st call within 60 seconds is refused, and only under a limit', () => {
    const fifty = { ...GOOD, callTimes: Array.from({ length: 50 }, () => 1) };
    expect(refusalAtTheDoor(fifty, LIMITED)).toBe('err-rate-503');
    expect(refusalAtTheDoor({ ...fifty, now: 60_001 }, LIMITED)).toBeUndefined();
    expect(refusalAtTheDoor(fifty, DEFAULT_SETTINGS)).toBeUndefined();
    expect(httpStatusOf('err-rate-503', DEFAULT_SETTINGS)).toBe(503);
  });
  it('our-queue-bound: as many as may wait, and no more', () => {
    expect(refusalAtTheDoor({ ...GOOD, waiting: 9 }, DEFAULT_SETTINGS)).toBeUndefined();
    expect(refusalAtTheDoor({ ...GOOD, waiting: 10 }, DEFAULT_SETTINGS)).toBe('our-queue-bound');
  });
  it('our-client-mismatch, ep-literal-client: the host names the client', () => {
    expect(refusalAtTheDoor({ ...GOOD, hostClient: 'other' }, DEFAULT_SETTINGS)).toBe('our-client-mismatch');
    expect(refusalAtTheDoor({ ...GOOD, hostClient: 'other', pathClient: 'client' }, DEFAULT_SETTINGS)).toBeUndefined();
    const pathWins = { ...DEFAULT_SETTINGS, clientMismatch: 'path-wins' } as const;
    expect(refusalAtTheDoor({ ...GOOD, hostClient: 'other' }, pathWins)).toBeUndefined();
  });
  it('body-ctype-form: any type but a form is odd, none is not', () => {
    expect(isOddContentType(undefined)).toBe(false);
    expect(isOddContentType('Application/X-WWW-Form-Urlencoded; charset=utf-8')).toBe(false);
    expect(isOddContentType('text/csv')).toBe(true);
  });
});

describe("the model's single update", () => {
  it('sgl-params, sgl-dotted-names: one id, and what stands after the first `profile.`', () => {
    const update = readSingleUpdate([
      ['profile.address.city', 'Rome'],
      ['mbox3rdPartyId', 'u1'],
      ['stray', 'c'],
      ['profile.empty', ''],
    ]);
    expect(update).toEqual({
      id: { kind: 'thirdPartyId', value: 'u1' },
      values: [{ name: 'address.city', value: 'Rome' }],
      hasStray: true,
    });
    expect(readSingleUpdate([['profile.a', '1']])).toBe('sgl-params');
  });
  it('lim-single-size: 8 KB with GET, 60 KB with POST', () => {
    expect([isTooLarge('GET', 8_192), isTooLarge('GET', 8_193)]).toEqual([false, true]);
    expect([isTooLarge('POST', 61_440), isTooLarge('POST', 61_441)]).toEqual([false, true]);
  });
});

describe("the model's replies", () => {
  it('our-first-incomplete: the first look at a realistic pace, and no other', () => {
    expect([isShownIncomplete('realistic', 0), isShownIncomplete('realistic', 1)]).toEqual([true, false]);
    expect(isShownIncomplete('manual', 0)).toBe(false);
  });
});
