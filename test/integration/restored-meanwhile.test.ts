/** A snapshot restored while other things are on their way: what they carry is of the time that is restored. */
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createEmulator, virtualClock } from '../../src/server/index.ts';
import { openMemoryStore } from '../../src/server/jobs/open-store.ts';
import type { Store } from '../../src/server/store/store.ts';
import { type VerbName, writerOf } from '../../src/server/store/verbs.ts';
import { NOW } from './support.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const ANN = { kind: 'thirdPartyId', value: 'ann' } as const;
const FILE = 'batch=thirdPartyId,tier\nann,gold\n';

/** Carries out at once what it is asked for, as if it had been queued, and gives the answer to one verb when it is told. */
function heldStore(held: VerbName) {
  const { promise: told, resolve: tell } = Promise.withResolvers<void>();
  const store = openMemoryStore();
  let fails = false;
  const writer = writerOf(async (name, args) => {
    if (name === held && fails) {
      await told;
      throw new Error('the disk said no');
    }
    const result = await store.writer[name](...args);
    if (name === held) await told;
    return result;
  });
  const fail = (whether = true) => {
    fails = whether;
  };
  return { store: { ...store, writer }, tell, fail };
}

async function emulatorWith(store: Store, drive: 'by-hand' | 'pump' = 'by-hand') {
  const clock = virtualClock(NOW);
  const emulator = await createEmulator({ pace: 'immediate' }, { store, clock, drive });
  onTestFinished(() => emulator.close());
  const client = emulator.client('demo');
  const submit = async () => {
    const url = 'http://localhost/m2/demo/v2/profile/batchUpdate';
    const reply = await emulator.fetch(new Request(url, { method: 'POST', body: FILE }));
    expect(reply.status).toBe(200);
    return client.batches()[0]!;
  };
  return { emulator, client, submit };
}

describe.each(['everybody', 'one client code'])('the clock of %s', (whose) => {
  it('is back for whoever applies rows behind the restore: a batch that waited then waits', async () => {
    const { store, tell } = heldStore('restoreSnapshot');
    const { emulator, client, submit } = await emulatorWith(store);
    await client.setPace({ kind: 'duration', ms: DAY_MS });
    const { batchId } = await submit();
    const taken = await emulator.snapshot();
    await (whose === 'everybody' ? emulator : client).advance(DAY_MS);
    expect(client.batch(batchId)?.status).toBe('complete');
    const restored = emulator.restore(taken);
    await emulator.step();
    tell();
    await restored;
    await emulator.drain();
    expect([client.batch(batchId)?.status, client.profile(ANN), client.clock.now()]).toEqual([
      'incomplete',
      undefined,
      NOW,
    ]);
    await client.advance(DAY_MS);
    expect(client.batch(batchId)?.status).toBe('complete');
  });

  it('goes on as before where a restore fails', async () => {
    const { store, tell, fail } = heldStore('restoreSnapshot');
    const { emulator, client } = await emulatorWith(store);
    const taken = await emulator.snapshot();
    await (whose === 'everybody' ? emulator : client).advance(DAY_MS);
    fail();
    const restored = emulator.restore(taken);
    expect(client.clock.now()).toBe(NOW);
    tell();
    await expect(restored).rejects.toThrow('the disk said no');
    expect(client.clock.now()).toBe(NOW + DAY_MS);
  });
});

it('two restores at once, of which the first fails: the clock is that of the second', async () => {
  const { store, tell, fail } = heldStore('restoreSnapshot');
  const { emulator } = await emulatorWith(store);
  const first = await emulator.snapshot();
  await emulator.advance(10 * HOUR_MS);
  const second = await emulator.snapshot();
  await emulator.advance(10 * HOUR_MS);
  fail();
  const failed = emulator.restore(first);
  fail(false);
  const restored = emulator.restore(second);
  tell();
  await expect(failed).rejects.toThrow('the disk said no');
  await restored;
  expect(emulator.clock.now()).toBe(NOW + 10 * HOUR_MS);
});

describe('a client code that is dropped or reset', () => {
  it('has the clock and faults that a restore gives it, whatever the drop had still to be told', async () => {
    const { store, tell } = heldStore('dropClient');
    const { emulator, client, submit } = await emulatorWith(store);
    await submit();
    client.faults.set({ latency: { ms: 5, on: ['fetch'] } });
    await client.advance(DAY_MS);
    const taken = await emulator.snapshot();
    const dropped = client.drop();
    await emulator.restore(taken);
    tell();
    await dropped;
    expect([client.clock.now(), Object.keys(client.faults.get())]).toEqual([NOW + DAY_MS, ['latency']]);
  });

  it('has the clock that a restore gave it also where the drop fails', async () => {
    const { store, tell, fail } = heldStore('dropClient');
    const { emulator, client, submit } = await emulatorWith(store);
    await submit();
    await client.advance(DAY_MS);
    const taken = await emulator.snapshot();
    fail();
    const dropped = client.drop();
    await emulator.restore(taken);
    tell();
    await expect(dropped).rejects.toThrow('the disk said no');
    expect(client.clock.now()).toBe(NOW + DAY_MS);
  });

  it('is at the clock of all at once: a batch that comes before the answer is due by that', async () => {
    const { store, tell } = heldStore('dropClient');
    const { emulator, client, submit } = await emulatorWith(store);
    await client.advance(DAY_MS);
    const reset = client.drop();
    await submit();
    tell();
    await reset;
    await emulator.drain();
    expect(client.batches()).toMatchObject([{ status: 'complete', submittedAt: NOW, completedAt: NOW }]);
  });

  it('is ahead as before where the drop fails', async () => {
    const { store, tell, fail } = heldStore('dropClient');
    const { client, submit } = await emulatorWith(store);
    await submit();
    await client.advance(DAY_MS);
    fail();
    const dropped = client.drop();
    tell();
    await expect(dropped).rejects.toThrow('the disk said no');
    expect(client.clock.now()).toBe(NOW + DAY_MS);
  });
});

it('our-queue-bound: of batches that ended nothing waits after a restore', async () => {
  const { emulator, client, submit } = await emulatorWith(openMemoryStore());
  for (let batch = 0; batch < 3; batch += 1) await submit();
  await emulator.drain();
  await client.setPace({ kind: 'manual' });
  await submit();
  const taken = await emulator.snapshot();
  for (let times = 0; times < 2; times += 1) await emulator.restore(taken);
  expect(await metric(emulator, 'tpe_waiting_batches')).toBe(1);
  await client.release();
  await emulator.drain();
  expect(await metric(emulator, 'tpe_waiting_batches')).toBe(0);
});

async function metric({ fetch }: { fetch: (request: Request) => Promise<Response> }, name: string) {
  const text = await (await fetch(new Request('http://localhost/__emulator/metrics'))).text();
  return Number(new RegExp(`^${name} (\\d+)`, 'm').exec(text)?.[1]);
}

describe('ca-file-csv: an archive that is taken apart while a snapshot is taken', () => {
  const packed = gzipSync('id,tier\nC-1,gold\n');

  async function unpackingEmulator(store = openMemoryStore()) {
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    let opened = 0;
    const bodies = {
      open() {
        const sink = store.bodies.open();
        opened += 1;
        return {
          ...sink,
          async write(chunk: Uint8Array) {
            // The archive as it is sent passes, what is in it waits.
            if (chunk[0] !== packed[0]) await gate;
            await sink.write(chunk);
          },
        };
      },
    };
    const { emulator } = await emulatorWith({ ...store, bodies }, 'pump');
    const { customerAttributes } = emulator;
    await customerAttributes.setSource('demo', 'crm', { password: 'x' });
    const sent = customerAttributes.upload('demo', 'crm', 'crm.csv.gz', packed);
    const files = () => customerAttributes.files('demo', 'crm').items.map(({ name, status }) => `${name} ${status}`);
    await expect.poll(files).toEqual(['crm.csv.gz waiting']);
    const taken = await emulator.snapshot();
    const tier = () => customerAttributes.record('demo', 'crm', 'C-1')?.attributes[0]?.value;
    return { emulator, customerAttributes, sent, files, taken, tier, open, opened: () => opened };
  }

  it('is taken apart again after the restore, and applied over what was there then', async () => {
    const { emulator, customerAttributes, sent, files, taken, tier, open } = await unpackingEmulator();
    open();
    expect(await sent).toMatchObject({ status: 'processed' });
    await customerAttributes.upload('demo', 'crm', 'later.csv', 'id,tier\nC-1,platinum\n');
    expect(tier()).toBe('platinum');
    for (let times = 0; times < 2; times += 1) {
      await emulator.restore(taken);
      await expect.poll(files).toEqual(['crm.csv.gz processed']);
      expect(tier()).toBe('gold');
    }
  });

  it('is taken apart once where that still goes on at the restore', async () => {
    const { emulator, sent, files, taken, open, opened } = await unpackingEmulator();
    await emulator.restore(taken);
    open();
    expect(await sent).toMatchObject({ status: 'processed' });
    expect([files(), opened()]).toEqual([['crm.csv.gz processed'], 2]);
  });

  it('is looked for once a restore, however many are taken apart meanwhile', async () => {
    const store = openMemoryStore();
    let looks = 0;
    const packedFiles = () => {
      looks += 1;
      return store.reader.packedFiles();
    };
    const { emulator, customerAttributes, files, open } = await unpackingEmulator({
      ...store,
      reader: { ...store.reader, packedFiles },
    });
    const others = Array.from({ length: 9 }, (_, at) =>
      customerAttributes.upload('demo', 'crm', `more-${at}.csv.gz`, packed),
    );
    await expect.poll(() => files().length).toBe(10);
    const taken = await emulator.snapshot();
    const before = looks;
    for (let times = 0; times < 3; times += 1) await emulator.restore(taken);
    open();
    await Promise.all(others);
    await expect.poll(files).toHaveLength(10);
    await expect.poll(() => files().every((file) => file.endsWith('processed'))).toBe(true);
    expect(looks - before).toBe(3);
  });
});
