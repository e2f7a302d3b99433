/** Proves when the pump steps, when it sleeps, and how it stops. */
import { describe, expect, test } from 'vitest';
import type { BatchId } from '../../../../src/protocol/vocabulary/index.ts';
import { createPump } from '../../../../src/server/jobs/pump.ts';
import { virtualClock } from '../../../../src/server/runtime/clock.ts';
import { EmulatorError } from '../../../../src/server/runtime/emulator-error.ts';
import type { StepResult } from '../../../../src/server/store/store.ts';

const NOTHING: StepResult = { rows: 0, completed: [], nextDueAt: undefined, more: false };

function scripted(results: readonly (Partial<StepResult> | Error)[]) {
  const times: number[] = [];
  const left = [...results];
  let underWay = 0;
  return {
    times,
    async step(now: number): Promise<StepResult> {
      expect(underWay).toBe(0);
      underWay += 1;
      times.push(now);
      await Promise.resolve();
      underWay -= 1;
      const result = left.shift() ?? {};
      if (result instanceof Error) throw result;
      return { ...NOTHING, ...result };
    },
  };
}

const unexpected = (error: unknown) => {
  throw error;
};

describe('createPump', () => {
  test('steps until nothing is due, and leaves nothing that was completed untold', async () => {
    const writer = scripted([
      { more: true },
      { more: true, completed: ['a' as BatchId] },
      { completed: ['b' as BatchId] },
    ]);
    const completed: string[] = [];
    const step: typeof writer.step = async (...args) => {
      const result = await writer.step(...args);
      completed.push(...result.completed);
      return result;
    };
    const pump = createPump({ step }, virtualClock(5), unexpected);
    await pump.idle();
    expect(writer.times).toEqual([5, 5, 5]);
    expect(completed).toEqual(['a', 'b']);
  });

  test('begins no step before kick has returned, nor before waiting requests had their turn', async () => {
    const writer = scripted([]);
    const pump = createPump(writer, virtualClock(0), unexpected);
    const order: string[] = [];
    setImmediate(() => order.push(`request, ${writer.times.length} steps`));
    pump.kick();
    pump.kick();
    expect(writer.times).toEqual([]);
    await pump.idle();
    expect(order).toEqual(['request, 0 steps']);
    expect(writer.times).toEqual([0]);
  });

  test('sleeps on the clock until the next batch falls due', async () => {
    const clock = virtualClock(0);
    const writer = scripted([{ nextDueAt: 2_000 }]);
    const pump = createPump(writer, clock, unexpected);
    await pump.idle();
    clock.advance(1_999);
    expect(writer.times).toEqual([0]);
    clock.advance(1);
    await pump.idle();
    expect(writer.times[1]).toBe(2_000);
  });

  test('a kick forgets the waking it had ordered before', async () => {
    const clock = virtualClock(0);
    const writer = scripted([{ nextDueAt: 10 }, { nextDueAt: 20 }]);
    const pump = createPump(writer, clock, unexpected);
    await pump.idle();
    await pump.idle();
    clock.advance(15);
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    expect(writer.times).toEqual([0, 0]);
    await pump.close();
  });

  test('a kick during the last step is not lost', async () => {
    const times: number[] = [];
    const pump = createPump(
      {
        async step(now) {
          times.push(now);
          if (times.length === 1) pump.kick();
          return NOTHING;
        },
      },
      virtualClock(0),
      unexpected,
    );
    await pump.idle();
    expect(times).toHaveLength(2);
  });

  test('a kick in any turn after the last step is not lost', async () => {
    for (let turns = 0; turns < 12; turns += 1) {
      let steps = 0;
      let seen = 0;
      let wanted = 0;
      const pump = createPump(
        {
          async step() {
            steps += 1;
            seen = wanted;
            if (steps === 1) void later();
            return NOTHING;
          },
        },
        virtualClock(0),
        unexpected,
      );
      const later = async () => {
        for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
        wanted = 1;
        pump.kick();
      };
      pump.kick();
      for (let turn = 0; turn < 6; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      expect(seen).toBe(1);
    }
  });

  test('a failing step stops the pump for good and surfaces', async () => {
    const writer = scripted([{ more: true }, new Error('disk full')]);
    const failures: unknown[] = [];
    const pump = createPump(writer, virtualClock(0), (error) => failures.push(error));
    await expect(pump.idle()).rejects.toThrow('disk full');
    expect(failures).toHaveLength(1);
    pump.kick();
    await expect(pump.idle()).rejects.toThrow('disk full');
    expect(writer.times).toHaveLength(2);
    await pump.close();
  });

  test('a step that failed of what may pass is tried again, a second later or with the next kick', async () => {
    const full = new EmulatorError('disk-full', 'No space left.');
    const writer = scripted([full, full, full, { more: true }, {}]);
    const clock = virtualClock(0);
    const pump = createPump(writer, clock, unexpected);
    await expect(pump.idle()).rejects.toBe(full);
    await expect(pump.idle()).rejects.toBe(full);
    expect(writer.times).toEqual([0, 0]);
    clock.advance(1_000);
    await pump.nextStep();
    expect(writer.times).toEqual([0, 0, 1_000]);
    clock.advance(999);
    expect(pump.isRunning()).toBe(false);
    clock.advance(1);
    await pump.idle();
    expect(writer.times).toHaveLength(5);
    await pump.close();
  });

  test('close waits for the step under way and begins no other', async () => {
    const clock = virtualClock(0);
    let release: (() => void) | undefined;
    let steps = 0;
    const pump = createPump(
      {
        async step() {
          steps += 1;
          await new Promise<void>((resolve) => (release = resolve));
          return { ...NOTHING, more: true, nextDueAt: 10 };
        },
      },
      clock,
      unexpected,
    );
    pump.kick();
    while (release === undefined) await new Promise((resolve) => setImmediate(resolve));
    let isClosed = false;
    const closed = pump.close().then(() => (isClosed = true));
    await Promise.resolve();
    expect(isClosed).toBe(false);
    release();
    await closed;
    pump.kick();
    clock.advance(100);
    await expect(pump.idle()).rejects.toMatchObject({ code: 'closed' });
    expect(steps).toBe(1);
  });
});
