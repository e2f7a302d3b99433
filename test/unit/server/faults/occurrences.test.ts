/** The counts behind the draws, and their bound. */
import { expect, it } from 'vitest';
import type { ClientCode } from '../../../../src/protocol/vocabulary/index.ts';
import { occurrences } from '../../../../src/server/faults/occurrences.ts';

const A = 'a' as ClientCode;
const B = 'b' as ClientCode;

it('counts by client code and key, and forgets a client code whole', () => {
  const counts = occurrences(10);
  expect([counts.count(A, 'x'), counts.count(A, 'x'), counts.count(B, 'x')]).toEqual([0, 1, 0]);
  counts.forget(A);
  expect([counts.of(A, 'x'), counts.of(B, 'x')]).toEqual([0, 1]);
});

it('goes back to what it remembered, as often as told, the bound included', () => {
  const counts = occurrences(2);
  counts.count(A, 'x');
  const goBack = counts.remember();
  for (let turn = 0; turn < 2; turn += 1) {
    counts.count(A, 'x');
    counts.count(B, 'x');
    counts.count(B, 'y');
    expect([counts.of(A, 'x'), counts.of(B, 'x'), counts.of(B, 'y')]).toEqual([0, 1, 1]);
    goBack();
    expect([counts.of(A, 'x'), counts.of(B, 'x')]).toEqual([1, 0]);
  }
});

it('at its bound keeps all, beyond it forgets who counted longest ago, and of one alone the oldest keys', () => {
  const counts = occurrences(2);
  counts.count(A, 'x');
  counts.count(B, 'x');
  expect([counts.of(A, 'x'), counts.of(B, 'x')]).toEqual([1, 1]);
  counts.count(B, 'y');
  expect([counts.of(A, 'x'), counts.of(B, 'x'), counts.of(B, 'y')]).toEqual([0, 1, 1]);
  counts.count(B, 'z');
  expect([counts.of(B, 'x'), counts.of(B, 'y'), counts.of(B, 'z')]).toEqual([0, 1, 1]);
});
