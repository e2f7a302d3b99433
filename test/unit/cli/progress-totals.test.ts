/** How far the sending is as a whole. */
import { expect, it } from 'vitest';
import { durationText, progressTotals, totalsText } from '../../../src/cli/progress-display.ts';
import { PLAN } from './upload-reports.ts';

const parts = [
  { part: 1, rows: 100, bytes: 1_000_000, emptyRows: 0 },
  { part: 2, rows: 300, bytes: 3_000_000, emptyRows: 0 },
];
const plan = { ...PLAN, parts, rows: 400, bytes: 4_000_000 };

it('adds up parts, and says how long the rest takes at the speed so far', () => {
  let nowMs = 0;
  const totalsOf = progressTotals(() => nowMs);
  const sending = (part: number, bytes: number) =>
    totalsOf({ kind: 'sending', part, attempt: 1, bytes, bytesMax: parts[part - 1]!.bytes, left: 49 });
  expect(sending(1, 0)).toBeUndefined();
  totalsOf({ kind: 'planned', plan, job: undefined });
  expect(totalsText(sending(1, 0)!)).toBe('0.0 of 4.0 MB, 0 of 400 rows, part 1 of 2, 49 calls left this minute');
  nowMs = 10_000;
  const later = sending(2, 1_500_000)!;
  expect(later).toMatchObject({ bytes: 2_500_000, rows: 250, part: 2, parts: 2, secondsToGo: 6 });
  expect(totalsText({ ...later, callsLeft: undefined })).toBe('2.5 of 4.0 MB, 250 of 400 rows, part 2 of 2, 6s to go');
});

it.each([
  [59, '59s'],
  [61, '1m1s'],
  [3_660, '1h1m'],
])('writes %i seconds as %s', (seconds, text) => {
  expect(durationText(seconds)).toBe(text);
});
