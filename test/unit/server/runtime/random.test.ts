/** Draws: the same again under the same seed, and under no other. */
import { expect, it } from 'vitest';
import { randomFor } from '../../../../src/server/runtime/random.ts';

const draws = (...given: Parameters<typeof randomFor>) => {
  const random = randomFor(...given);
  return Array.from({ length: 5 }, () => random.next());
};

it('the same seed, purpose and key draw the same', () => {
  expect(draws(7, 'faults', 'a/1')).toEqual(draws(7, 'faults', 'a/1'));
});

it('any other seed, of one digit too, any other purpose and any other key draws something else', () => {
  const others = [
    ...Array.from({ length: 20 }, (_, seed) => draws(seed, 'faults')),
    draws(7, 'ids'),
    draws(7, 'faults', 'a/1'),
    draws(7, 'faults', 'a/2'),
  ];
  expect(new Set(others.map(String)).size).toBe(others.length);
});
