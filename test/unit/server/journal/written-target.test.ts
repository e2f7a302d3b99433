/** A target is written down in a time that grows with its length, whoever wrote it. */
import { expect, it } from 'vitest';
import { shownPath, writtenQuery } from '../../../../src/server/journal/written-target.ts';

const CHARS = 200_000;

it.each(['?', '&', '?=', 'a', '%', '=', '&=', '?&'])(
  'a query of %j again and again takes no longer than it is long',
  (text) => {
    const url = new URL(`http://localhost/x?${text.repeat(CHARS / text.length)}`);
    const startedAt = process.cpuUsage();
    writtenQuery({ url, operation: 'status' }, false);
    shownPath(`/${text.repeat(CHARS / text.length)}`);
    const { user } = process.cpuUsage(startedAt);
    // Quadratic, it was twenty seconds and more.
    expect(user / 1000).toBeLessThan(2_000);
  },
);
