/** What a status request tells, in each pace and shape. */
import { describe, expect, it } from 'vitest';
import { DOCUMENTED_SAMPLE, openEmulator, send, statusLinkIn } from './support.ts';

type Opened = Awaited<ReturnType<typeof openEmulator>>;

async function submit(emulator: Opened, body = DOCUMENTED_SAMPLE): Promise<string> {
  const reply = await send(`${emulator.url}/m2/demo/v2/profile/batchUpdate`, { body });
  return statusLinkIn(reply.text);
}

const statusAt = async (link: string) => /<status>(.*?)<\/status>/.exec((await send(link)).text)?.[1];

describe('paces', () => {
  it('our-first-incomplete: at a realistic pace a batch takes two seconds, and its first status is incomplete in any case', async () => {
    const emulator = await openEmulator({ pace: 'realistic' });
    const link = await submit(emulator);
    await emulator.drain();
    expect(emulator.batches()).toMatchObject([{ status: 'incomplete', consumedCount: 0 }]);
    emulator.time.advance(1_999);
    await emulator.drain();
    expect(emulator.batches()).toMatchObject([{ status: 'incomplete' }]);
    emulator.time.advance(1);
    await emulator.drain();
    expect(emulator.batches()).toMatchObject([{ status: 'complete', consumedCount: 4 }]);
    expect((await send(`${link}&showDetails=true`)).text).toContain(
      '<status>incomplete</status><batchSize>4</batchSize><consumedCount>0</consumedCount><successfulUpdates>0<',
    );
    expect((await send(`${link}&showDetails=true`)).text).toContain(
      '<status>complete</status><batchSize>4</batchSize><consumedCount>4<',
    );
  });

  it('thr-latency: on a virtual clock a realistic pace takes five minutes', async () => {
    const emulator = await openEmulator({ pace: 'realistic', clock: 'virtual' });
    await submit(emulator);
    emulator.time.advance(5 * 60_000 - 1);
    await emulator.drain();
    expect(emulator.batches()).toMatchObject([{ status: 'incomplete' }]);
    emulator.time.advance(1);
    await emulator.drain();
    expect(emulator.batches()).toMatchObject([{ status: 'complete' }]);
  });

  it('at a manual pace a batch waits until it is released', async () => {
    const emulator = await openEmulator({ pace: 'manual' });
    const link = await submit(emulator);
    emulator.time.advance(365 * 24 * 60 * 60 * 1000);
    await emulator.drain();
    expect(await statusAt(link)).toBe('incomplete');
    const released = await send(`${emulator.url}/__emulator/clients/demo/release`, { method: 'POST' });
    expect([released.status, released.text]).toEqual([204, '']);
    await emulator.drain();
    expect(await statusAt(link)).toBe('complete');
  });

  it('at an immediate pace the pump applies by itself, after the reply', async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const emulator = await openEmulator(
      {},
      { drive: 'pump', on: { batchCompleted: (batch) => resolve(batch.batchId) } },
    );
    const link = await submit(emulator);
    expect(link).toContain(await promise);
    expect(await statusAt(link)).toBe('complete');
  });
});

describe('what is not known', () => {
  it.each(['', '?batchId=', '?batchId=demo-1-2', `?batchId=${encodeURIComponent('<&>"')}`])(
    'our-unknown-batch: %s is answered 404 without a status',
    async (query) => {
      const emulator = await openEmulator();
      const reply = await send(`${emulator.url}/m2/demo/profile/batchStatus${query}`);
      expect([reply.status, reply.headers['x-emulator-cause']]).toEqual([404, 'rule/our-unknown-batch']);
      expect(reply.text).toMatch(
        /^<response><batchId>[^<>]*<\/batchId><message>target-profile-emulator: [^<>]+<\/message><\/response>$/,
      );
    },
  );

  it("our-unknown-batch: another client's batch is unknown, and so is one a day after its completion", async () => {
    const emulator = await openEmulator();
    const link = await submit(emulator);
    expect((await send(link.replace('/m2/demo/', '/m2/other/'))).status).toBe(404);
    await emulator.drain();
    emulator.time.advance(24 * 60 * 60 * 1000);
    expect((await send(link)).status).toBe(200);
    emulator.time.advance(1);
    expect((await send(link)).status).toBe(404);
  });

  it('lim-batches-kept: in tt shape only the latest 10 of a client are known', async () => {
    const emulator = await openEmulator({ statusShape: 'tt' });
    const first = await submit(emulator);
    for (let batch = 0; batch < 9; batch += 1) await submit(emulator);
    expect((await send(first)).status).toBe(200);
    await submit(emulator);
    expect((await send(first)).status).toBe(404);
  });
});

describe('our-status-shape', () => {
  const file = 'batch=thirdPartyId,a\nann,1\nb/b,2\ncat,';

  it.each([
    ['current', '<status>complete</status><batchSize>3</batchSize>'],
    ['2020', '<status>complete</status><batchSize>3</batchSize><profile><id>b/b</id><status>failed</status></profile>'],
    [
      '2017',
      '<profile><id>ann</id><status>success</status></profile><profile><id>b/b</id><status>error</status></profile>',
    ],
    ['tt', '<status>complete</status><batchSize>3</batchSize>'],
  ] as const)('%s', async (statusShape, contents) => {
    const emulator = await openEmulator({ statusShape });
    const link = await submit(emulator, file);
    await emulator.drain();
    const batchId = new URL(link).searchParams.get('batchId');
    expect((await send(link)).text).toBe(`<response><batchId>${batchId}</batchId>${contents}</response>`);
  });
});

it('lim-calls-min: status requests count only where the setting says so', async () => {
  const emulator = await openEmulator({ rateLimit: 'submissions-and-status' });
  const link = await submit(emulator);
  for (let call = 0; call < 49; call += 1) expect((await send(link)).status).toBe(200);
  expect((await send(link)).status).toBe(503);
});
