/** Proves when the data is said to work again: not before what could not be kept can be. */
import { expect, it } from 'vitest';
import type { BatchId } from '../../../src/protocol/vocabulary/index.ts';
import { problemsTold, watchedWriter } from '../../../src/server/problems.ts';
import { EmulatorError } from '../../../src/server/runtime/emulator-error.ts';
import { type VerbName, writerOf } from '../../../src/server/store/verbs.ts';

function watched(...failing: VerbName[]) {
  const fails = new Set(failing);
  const told: boolean[] = [];
  const problems = problemsTold(({ isOver }) => told.push(isOver));
  const writer = writerOf(async (name): Promise<never> => {
    if (fails.has(name)) throw new EmulatorError('disk-full', 'The disk is full.');
    return undefined as never;
  });
  return { fails, told, problems, ...watchedWriter(writer, problems) };
}

it('while rows cannot be applied, whatever else finds room says nothing of the data', async () => {
  const { fails, told, problems, step, takeSnapshot, dropSnapshot, releaseBatches } = watched('step');
  await expect(step(0)).rejects.toThrow('disk is full');
  await takeSnapshot();
  await dropSnapshot(1);
  await releaseBatches(0);
  await expect(step(0)).rejects.toThrow('disk is full');
  expect([problems.parts(), told]).toEqual([['data'], [false]]);
  fails.clear();
  await step(0);
  expect([problems.parts(), told]).toEqual([[], [false, true]]);
});

it('what else could not be kept works again with the next change that is kept, which a snapshot is not', async () => {
  const { told, countPoll, takeSnapshot, releaseBatches } = watched('countPoll');
  await expect(countPoll('b' as BatchId, 0)).rejects.toThrow('disk is full');
  await takeSnapshot();
  expect(told).toEqual([false]);
  await releaseBatches(0);
  expect(told).toEqual([false, true]);
});
