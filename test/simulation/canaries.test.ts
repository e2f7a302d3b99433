/** A checker that never speaks proves nothing: each of these servers and clients is broken, and must be caught. */
import { describe, expect, it } from 'vitest';
import { simulate } from '../../src/sim/simulation/simulate.ts';
import { BROKEN_CLIENTS } from './broken-clients.ts';
import { BROKEN_SERVERS } from './broken-servers.ts';

const SEED = 11;
const STEPS = 500;

const CAUGHT_BY = {
  'keeps what a blank field removes': 'profiles-equal-the-models',
  'says processed of a file that has failed': 'files-end',
  'brings nobody anything': 'profiles-equal-the-models',
  'drops the last row of a file': 'rows-are-accounted-for',
  'applies a part twice': 'rows-are-accounted-for',
  'forgets what is pending': 'profiles-equal-the-models',
  'answers success and keeps nothing': 'reports-are-true',
  'counts one too many': 'reports-are-true',
  'creates profiles under v1': 'rows-are-accounted-for',
  'keeps the wrong counts': 'counters-equal-the-file',
  'stops applying': 'batches-end',
  'keeps the batches of a dropped client code': 'files-end',
  'keeps a profile of a dropped client code': 'rows-are-accounted-for',
  'says done when it has seen no end': 'reports-are-true',
  'does not try again': 'reports-are-true',
  'swaps the rows of one id': 'what-was-given-is-sent',
  'does not write down that it sends': 'reports-are-true',
  'has a budget of its own in each process': 'accounts-keep-their-pace',
  'hides what may be there twice': 'reports-are-true',
  'never sees the end of a link': 'uploads-converge',
  'does not hear that it is interrupted': 'reports-are-true',
  'takes the part that was interrupted for sent': 'reports-are-true',
  'forgets the links of what was interrupted': 'uploads-converge',
  'says nothing of what may be there when it is interrupted': 'reports-are-true',
} as const;

describe('a server that', () => {
  for (const [what, server] of Object.entries(BROKEN_SERVERS)) {
    it(`${what} is caught`, async () => {
      const { failure } = await simulate({ seed: SEED, steps: STEPS, subject: { server }, shrinkRunsMax: 0 });
      expect(failure?.checker, failure?.message).toBe(CAUGHT_BY[what as keyof typeof BROKEN_SERVERS]);
    });
  }
});

describe('a client that', () => {
  for (const [what, client] of Object.entries(BROKEN_CLIENTS)) {
    it(`${what} is caught`, async () => {
      const { failure } = await simulate({ seed: SEED, steps: STEPS, subject: { client }, shrinkRunsMax: 0 });
      expect(failure?.checker, failure?.message).toBe(CAUGHT_BY[what as keyof typeof BROKEN_CLIENTS]);
    });
  }
});

describe('a failure', () => {
  it('is shrunk to the few steps it needs, and replays from its own seed in the first episode', async () => {
    const subject = { server: BROKEN_SERVERS['creates profiles under v1'] };
    const { failure } = await simulate({ seed: SEED, steps: STEPS, subject });
    expect(failure?.trace.length).toBeLessThanOrEqual(3);
    const again = await simulate({ seed: failure!.seed, steps: failure!.steps, subject });
    expect(again.failure).toEqual(failure);
    expect(again.episodes).toBe(1);
  });
});
