/** The clock jumps between two lives of a data directory, and to the ends of what the control API accepts. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, onTestFinished } from 'vitest';
import { type Clock, realClock, type RunningEmulator, startEmulator } from '../../src/server/index.ts';
import { TIME_MS_MAX } from '../../src/server/runtime/steered-clock.ts';
import { builtWorker } from '../unit/server/jobs/built-worker.ts';

const worker = await builtWorker();
afterAll(worker.remove);

const HOUR_MS = 60 * 60 * 1000;

function directory(): string {
  const data = mkdtempSync(join(tmpdir(), 'tpe-clock-'));
  onTestFinished(() => rmSync(data, { recursive: true, force: true }));
  return data;
}

const submit = async ({ url }: RunningEmulator) => {
  const body = 'batch=thirdPartyId,a\nT,1';
  const reply = await fetch(`${url}/m2/demo/v2/profile/batchUpdate`, { method: 'POST', body });
  return /batchId=([\w-]+)/.exec(await reply.text())![1]!;
};

it.each([-HOUR_MS, HOUR_MS])(
  'a batch that waits two seconds is applied though the clock is %d ms off at the next start',
  async (jumpMs) => {
    const data = directory();
    const machine = realClock();
    const jumped: Clock = {
      now: () => machine.now() + jumpMs,
      wakeAt: (atMs, wake) => machine.wakeAt(atMs - jumpMs, wake),
    };
    const options = { data, pace: 'realistic' } as const;
    const first = await startEmulator(options, { workerUrl: worker.url });
    const batchId = await submit(first);
    await first.close();

    let completed: (() => void) | undefined;
    const done = new Promise<void>((resolve) => (completed = resolve));
    const on = { batchCompleted: () => completed?.() };
    const second = await startEmulator(options, { workerUrl: worker.url, clock: jumped, on });
    onTestFinished(() => second.close());
    await done;
    expect(second.batch(batchId)).toMatchObject({ status: 'complete', successfulUpdates: 1 });
  },
  20_000,
);

it.each(['immediate', 'realistic', 'manual'] as const)(
  'at the last time that can be set everything works, at pace %s, and after a restart too',
  async (pace) => {
    const data = directory();
    const bugs: string[] = [];
    const start = () =>
      startEmulator(
        { data, pace },
        { workerUrl: worker.url, on: { bug: (id) => bugs.push(id), batchCompleted: () => {} } },
      );
    const put = async ({ url }: RunningEmulator, now: unknown) =>
      (await fetch(`${url}/__emulator/clock`, { method: 'PUT', body: JSON.stringify({ now, frozen: true }) })).status;
    const lists = async ({ url }: RunningEmulator, batchId: string) =>
      Promise.all(
        ['batches', `batches/${batchId}`, `batches/${batchId}/pace`, 'clients/demo/profiles', 'journal', 'clock'].map(
          async (path) => (await fetch(`${url}/__emulator/${path}`)).status,
        ),
      );
    const first = await start();
    for (const beyond of [TIME_MS_MAX + 1, 8.64e15, '9999-12-31T23:59:59.999Z'])
      expect(await put(first, beyond)).toBe(400);
    expect(await put(first, TIME_MS_MAX)).toBe(200);
    await first.setPace('slow', { kind: 'duration', ms: 1_000 });
    const batchId = await submit(first);
    await first.setBatchPace(batchId, { kind: 'duration', ms: 24 * HOUR_MS });
    expect(await lists(first, batchId)).toEqual([200, 200, 200, 200, 200, 200]);
    await first.close();
    const second = await start();
    onTestFinished(() => second.close());
    expect(await lists(second, batchId)).toEqual([200, 200, 200, 200, 200, 200]);
    await second.release('demo');
    await second.drain();
    expect(second.batch(batchId)).toMatchObject({ status: 'complete' });
    expect(bugs).toEqual([]);
  },
);
