/** Small bodies, read whole. */
import { expect, it } from 'vitest';
import { JSON_PARTS_MAX, readBoundedBody, readJsonBody } from '../../../../src/server/http/request-body.ts';

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

it('takes JSON up to a number of values, and stops reading beyond it', async () => {
  const most = '[,{'.repeat(JSON_PARTS_MAX / 3).padEnd(JSON_PARTS_MAX, ',');
  async function* arriving(text: string) {
    for (let at = 0; at < text.length; at += 1_000) yield Buffer.from(text.slice(at, at + 1_000));
    if (text.length > JSON_PARTS_MAX) throw new Error('Read on');
  }
  expect((await readJsonBody(arriving(most), 1_000_000)).length).toBe(JSON_PARTS_MAX);
  expect(await readJsonBody(arriving(`${most},`), 1_000_000)).toBe('too-many-parts');
  expect(await readJsonBody(arriving('"text: a:1}]"'.repeat(10_000)), 1_000_000)).toHaveLength(130_000);
  expect(await readJsonBody(arriving(most), JSON_PARTS_MAX - 1)).toBe('too-large');
});
