/** Small bodies, read whole. */
import { expect, it } from 'vitest';
import { readBoundedBody } from '../../../../src/server/http/request-body.ts';

async function* chunks(count: number, onEnd = () => {}) {
  try {
    for (let index = 0; index < count; index += 1) yield Buffer.from('ab');
  } finally {
    onEnd();
  }
}

it('takes a body up to the bound, and stops reading beyond it', async () => {
  expect(await readBoundedBody(chunks(0), 0)).toEqual(Buffer.alloc(0));
  expect(await readBoundedBody(chunks(2), 4)).toEqual(Buffer.from('abab'));
  let isEnded = false;
  expect(
    await readBoundedBody(
      chunks(1_000_000, () => (isEnded = true)),
      3,
    ),
  ).toBe('too-large');
  expect(isEnded).toBe(true);
});
