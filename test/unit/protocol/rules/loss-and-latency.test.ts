/** How long batches wait. */
import { expect, test } from 'vitest';
import { applyDelayMs } from '../../../../src/protocol/rules/loss-and-latency.ts';

test.each([
  ['immediate', 'real', 0],
  ['realistic', 'real', 2_000],
  ['realistic', 'virtual', 300_000],
  ['manual', 'virtual', Number.POSITIVE_INFINITY],
] as const)('thr-latency: at pace %s a batch waits on a %s clock for %i ms', (pace, clock, delayMs) => {
  expect(applyDelayMs(pace, clock)).toBe(delayMs);
});
