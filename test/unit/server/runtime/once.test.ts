import { expect, it } from 'vitest';
import { untilItFails } from '../../../../src/server/runtime/once.ts';

it('what could not be made is made anew when it is asked for again, and kept from then on', async () => {
  let calls = 0;
  const made = untilItFails(async () => {
    calls += 1;
    if (calls === 1) throw new Error('too many open files');
    return calls;
  });
  await expect(made()).rejects.toThrow('too many open files');
  expect([await made(), await made()]).toEqual([2, 2]);
});
