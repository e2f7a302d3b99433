/** v1 creates nothing. */
import { expect, test } from 'vitest';
import { v1UpdateOnly } from '../../../../src/protocol/rules/v1.ts';

test('v1-update-only: updates what exists and finds nothing else', () => {
  expect(v1UpdateOnly.decide(true)).toBe('updated');
  expect(v1UpdateOnly.decide(false)).toBe('not-found');
});
