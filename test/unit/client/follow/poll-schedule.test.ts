import { describe, expect, it } from 'vitest';
import {
  LOOPBACK_SCHEDULE,
  OTHER_HOST_SCHEDULE,
  pollDelayMs,
  pollScheduleOn,
  REAL_HOST_SCHEDULE,
} from '../../../../src/client/follow/poll-schedule.ts';

describe('pollDelayMs', () => {
  it.each([REAL_HOST_SCHEDULE, OTHER_HOST_SCHEDULE, LOOPBACK_SCHEDULE])('grows up to its bound', (schedule) => {
    const delays = Array.from({ length: 800 }, (_, polls) => pollDelayMs(polls, schedule, 0.5));
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

  it('knows of an end on this machine soon after it, for few questions', () => {
    let atMs = 0;
    for (let polls = 0; atMs < 10 * 60_000; polls += 1) {
      const delayMs = pollDelayMs(polls, LOOPBACK_SCHEDULE, 0.5);
      expect(delayMs).toBeLessThanOrEqual(11 + atMs / 100);
      atMs += delayMs;
      expect(polls).toBeLessThan(700);
    }
  });
});

describe('pollScheduleOn', () => {
  it.each([
    ['http://127.0.0.1:8181', Infinity, LOOPBACK_SCHEDULE],
    ['http://localhost:8181', Infinity, LOOPBACK_SCHEDULE],
    ['http://acme.localhost', Infinity, LOOPBACK_SCHEDULE],
    ['http://[::1]:8181', Infinity, LOOPBACK_SCHEDULE],
    ['http://127.0.0.1:8181', 50, OTHER_HOST_SCHEDULE],
    ['http://emulator:8181', Infinity, OTHER_HOST_SCHEDULE],
    ['http://127.0.0.1.example', Infinity, OTHER_HOST_SCHEDULE],
    ['http://notlocalhost', Infinity, OTHER_HOST_SCHEDULE],
    ['https://acme.tt.omtrdc.net', Infinity, REAL_HOST_SCHEDULE],
  ])('asks often on this machine alone: %s with %d calls a minute', (endpoint, callsPerMinute, schedule) => {
    expect(pollScheduleOn(new URL(endpoint), callsPerMinute)).toBe(schedule);
  });
});
