/** Which batches were asked for before. */
import { expect, it } from 'vitest';
import type { BatchId } from '../../../../src/protocol/vocabulary/index.ts';
import { firstPolls } from '../../../../src/server/http/first-polls.ts';

it('counts the requests for each batch, and forgets the one asked for longest ago', () => {
  const [a, b, c] = ['a', 'b', 'c'] as BatchId[] as [BatchId, BatchId, BatchId];
  const polls = firstPolls(2);
  expect([polls.count(a), polls.count(b), polls.count(a), polls.count(a)]).toEqual([0, 0, 1, 2]);
  polls.count(c);
  expect([polls.count(a), polls.count(b)]).toEqual([3, 0]);
});
