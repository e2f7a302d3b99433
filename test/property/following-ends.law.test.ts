/** Following a status link: two words end it, everything else means to ask again. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { followLink } from '../../src/client/index.ts';
import { complete, fakeClock, fakeTransport, link, middling } from '../unit/client/support.ts';
import { law } from './law.ts';

/** Fewer than the refusals in a row after which the uploader gives up. */
const ANSWERS_BEFORE_MAX = 8;

const otherWord = fc.stringMatching(/^[a-z]{1,12}$/).filter((word) => word !== 'complete' && word !== 'stuck');
const answerBefore = fc.oneof(
  otherWord.map((word) => ({ text: complete(5, 2, 0, 0, word) })),
  fc.constant({ text: complete(5, 2, 0, 0, 'incomplete') }),
  fc.constantFrom({ status: 500 }, { status: 503 }),
  fc.constant('cut' as const),
);

law(
  'st-terminal: following ends at the first complete or stuck, and nothing before it revokes the batch',
  fc.record({
    before: fc.array(answerBefore, { maxLength: ANSWERS_BEFORE_MAX }),
    last: fc.constantFrom('complete', 'stuck'),
  }),
  async ({ before, last }) => {
    const clock = fakeClock();
    const transport = fakeTransport(clock, (_, index) => {
      const answer = before[index] ?? { text: complete(5, 5, 0, 0, last) };
      return answer === 'cut' ? Promise.reject(new TypeError('fetch failed')) : answer;
    });
    const outcome = await followLink(link('b'), { clock, transport, random: middling });
    expect(outcome).toMatchObject({ kind: last, polls: before.length + 1, reading: { successfulUpdates: 5 } });
    expect(transport.sent).toHaveLength(before.length + 1);
  },
);
