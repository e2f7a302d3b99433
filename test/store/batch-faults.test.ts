/** What was drawn for a batch outlives the process: it is stored with the batch. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createEmulator, virtualClock } from '../../src/server/index.ts';
import { openFileStore } from '../../src/server/jobs/open-store.ts';

it('a batch that shall be stuck and slow is so after a restart, whatever faults are set then', async () => {
  const data = await mkdtemp(join(tmpdir(), 'tpe-faults-'));
  onTestFinished(() => rm(data, { recursive: true, force: true }));
  const clock = virtualClock();
  const open = async () =>
    createEmulator({}, { clock, drive: 'by-hand', store: openFileStore(data, { writer: 'inline' }) });

  const first = await open();
  first.faults.set({ stuck: { afterRows: 3 }, slowIngestion: { rowsPerStep: 2, everyMs: 1_000 } });
  const body = 'batch=thirdPartyId,a\n1,x\n2,x\n3,x\n4,x\n5,x';
  await first.fetch(new Request('http://localhost/m2/demo/v2/profile/batchUpdate', { method: 'POST', body }));
  await first.drain();
  expect(first.batches()[0]).toMatchObject({ status: 'incomplete', consumedCount: 2 });
  await first.close();

  const second = await open();
  expect(second.faults.get()).toEqual({});
  await second.drain();
  expect(second.batches()[0]).toMatchObject({ status: 'incomplete', consumedCount: 2 });
  clock.advance(1_000);
  await second.drain();
  expect(second.batches()[0]).toMatchObject({ status: 'stuck', consumedCount: 3 });
  await second.close();
});
