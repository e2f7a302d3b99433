/** Who waits for which batch, and for how long at most. */
import { describe, expect, it } from 'vitest';
import { appliedBy, isDueAtOnce } from '../../../../src/server/jobs/applied.ts';
import type { ClientCode } from '../../../../src/protocol/vocabulary/index.ts';
import { clientClocks } from '../../../../src/server/runtime/client-clocks.ts';
import { virtualClock } from '../../../../src/server/runtime/clock.ts';
import type { WaitingBatch } from '../../../../src/server/store/store.ts';

const DEMO = 'demo' as ClientCode;
const DUE: WaitingBatch = { submittedAt: 5, dueAt: 5, pace: { kind: 'immediate' } };

/** Counts the steps that were waited for; `left` of them until the client has nothing more that waits. */
function waiting(left: number, batch: WaitingBatch = DUE, isRunning = true) {
  let steps = 0;
  const { applied } = appliedBy({
    pump: {
      isRunning: () => isRunning,
      isClosed: () => false,
      async nextStep() {
        steps += 1;
        return [];
      },
    },
    reader: { isFileDue: () => false, waiting: () => (steps < left ? batch : undefined) },
    clocks: clientClocks(virtualClock(10)),
  });
  return async () => {
    await applied(DEMO);
    return steps;
  };
}

describe('applied', () => {
  it('waits step by step until nothing of the client is due any more', async () => {
    expect(await waiting(3)()).toBe(3);
  });

  it('ends after 1,000 steps, whatever is left', async () => {
    expect(await waiting(1_000)()).toBe(1_000);
    expect(await waiting(1_001)()).toBe(1_000);
    expect(await waiting(Infinity)()).toBe(1_000);
  });

  it('ends with the pump: nobody is told that rows are there which never will be', async () => {
    let isClosed = false;
    let steps = 0;
    const { applied } = appliedBy({
      pump: {
        isRunning: () => !isClosed,
        isClosed: () => isClosed,
        async nextStep() {
          steps += 1;
          isClosed = steps === 3;
          return [];
        },
      },
      reader: { isFileDue: () => false, waiting: (client) => (client === DEMO ? DUE : undefined) },
      clocks: clientClocks(virtualClock(10)),
    });
    await expect(applied(DEMO)).rejects.toMatchObject({ code: 'closed' });
    expect(steps).toBe(3);
    await expect(applied(DEMO)).rejects.toMatchObject({ code: 'closed' });
    await applied('other' as ClientCode);
  });

  it('ends when nobody is left to answer', async () => {
    const gone = new Error('gone');
    let steps = 0;
    const { applied } = appliedBy({
      pump: { isRunning: () => true, isClosed: () => false, nextStep: async () => void (steps += 1) },
      reader: { isFileDue: () => false, waiting: () => DUE },
      clocks: clientClocks(virtualClock(10)),
    });
    const assertAsked = () => {
      if (steps === 2) throw gone;
    };
    await expect(applied(DEMO, assertAsked)).rejects.toBe(gone);
    expect(steps).toBe(2);
  });

  it('asks nothing while the pump sleeps, and nothing where there is none', async () => {
    expect(await waiting(3, DUE, false)()).toBe(0);
    await appliedBy({
      pump: undefined,
      reader: { isFileDue: () => false, waiting: () => DUE },
      clocks: clientClocks(virtualClock(10)),
    }).applied(DEMO);
  });
});

describe('a batch is due at once', () => {
  it.each<[string, Partial<WaitingBatch>, boolean]>([
    ['at an immediate pace', {}, true],
    ['without a pace of its own, due when it came', { pace: undefined }, true],
    ['at a pace that waits for nothing', { pace: { kind: 'duration', ms: 0 } }, true],
    ['released later', { pace: { kind: 'immediate' }, dueAt: 7 }, true],
    ['and its time has come, but later', { pace: { kind: 'realistic' }, dueAt: 7 }, false],
    ['but the clock went back', { dueAt: 11 }, false],
    ['but it is stuck', { pace: { kind: 'stuck' } }, false],
    ['but it is held', { pace: { kind: 'manual' }, dueAt: Infinity }, false],
    ['but it is slowed', { faults: { slow: { rowsPerStep: 1, everyMs: 0 } } }, false],
    ['and rows of it are lost', { faults: { visibleLoss: { share: 1, seed: 1 } } }, true],
  ])('%s: %j is %s', (_, change, expected) => {
    expect(isDueAtOnce({ ...DUE, ...change }, 10)).toBe(expected);
  });
});
