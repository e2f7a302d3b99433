import { describe, expect, it } from 'vitest';
import { OTHER_HOST_SCHEDULE, pollDelayMs, REAL_HOST_SCHEDULE } from '../../../../src/client/follow/poll-schedule.ts';

describe('pollDelayMs', () => {
  it.each([REAL_HOST_SCHEDULE, OTHER_HOST_SCHEDULE])('grows up to its bound', (schedule) => {
    const delays = Array.from({ length: 100 }, (_, polls) => pollDelayMs(polls, schedule, 0.5));
    expect(delays[0]).toBe(schedule.firstMs);
    expect(delays).toEqual(delays.toSorted((a, b) => a - b));
    expect(delays.at(-1)).toBe(schedule.longestMs);
  });

  it('is never quite in step with others', () => {
    expect(pollDelayMs(0, REAL_HOST_SCHEDULE, 0)).toBe(13_500);
    expect(pollDelayMs(0, REAL_HOST_SCHEDULE, 1)).toBe(16_500);
  });

  it('asks a real host less than 600 times in a day', () => {
    let polls = 0;
    for (let atMs = 0; atMs < 24 * 3_600_000; polls += 1) atMs += pollDelayMs(polls, REAL_HOST_SCHEDULE, 0);
    expect(polls).toBeLessThan(600);
  });
});
