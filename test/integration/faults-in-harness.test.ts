/** Where faults meet the rest of the harness: pipelined requests, paces, the clock, snapshots, explanations. */
import { describe, expect, it } from 'vitest';
import { openEmulator, rawSocket, send, statusLinkIn } from './support.ts';

const V2 = '/m2/demo/v2/profile/batchUpdate';
const file = (rows: number) =>
  `batch=thirdPartyId,tier\n${Array.from({ length: rows }, (_, row) => `C-${row},gold`).join('\n')}`;
const submission = (body: string) =>
  `POST ${V2} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
const statusIn = (xml: string) => /<status>(\w+)<\/status>/.exec(xml)?.[1];

describe('a cut behind pipelined requests', () => {
  it('commitThenCut: the reply before it is whole, and both are committed', async () => {
    const emulator = await openEmulator({}, { drive: 'pump' });
    emulator.faults.set({
      latency: { ms: 1_000, times: 1 },
      commitThenCut: { on: ['update'] },
    });
    const id = { kind: 'thirdPartyId', value: 'C-9' } as const;
    await emulator.seedProfiles('demo', [{ id, attributes: { a: '0' } }]);
    const raw = rawSocket(emulator.port);
    const update = 'GET /m2/demo/profile/update?mbox3rdPartyId=C-9&profile.a=1 HTTP/1.1\r\nHost: localhost\r\n\r\n';
    raw.socket.write(submission(file(2)) + update);
    await untilWaiting(emulator, 2);
    emulator.clock.advance(1_000);
    expect(await raw.heard).toContain('<success>true</success>');
    expect(raw.said().match(/HTTP\/1\.1/g)).toHaveLength(1);
    await emulator.drain();
    expect(emulator.batches()).toMatchObject([{ status: 'complete', successfulUpdates: 2 }]);
    expect(emulator.profile('demo', id)?.attributes).toMatchObject([{ name: 'a', value: '1' }]);
  });

  it('cutReply: waits for the reply before it, and closing waits for neither', async () => {
    const emulator = await openEmulator();
    emulator.faults.set({ latency: { ms: 1_000, on: ['submit'] }, cutReply: { on: ['status'], afterBytes: 5 } });
    const raw = rawSocket(emulator.port);
    const status = 'GET /m2/demo/profile/batchStatus?batchId=1 HTTP/1.1\r\nHost: localhost\r\n\r\n';
    raw.socket.write(submission(file(1)) + status);
    await untilWaiting(emulator, 2);
    const closing = emulator.close();
    expect(await raw.heard).toMatch(/<success>true[^]*fault\/cutReply[^]*\r\n\r\n.{5}$/);
    await closing;
  });

  it('lets go where the sender hangs up first', async () => {
    const emulator = await openEmulator({}, { drive: 'pump' });
    emulator.faults.set({ latency: { ms: 1_000, on: ['submit'] }, cutReply: { on: ['status'] } });
    const raw = rawSocket(emulator.port);
    const status = 'GET /m2/demo/profile/batchStatus?batchId=1 HTTP/1.1\r\nHost: localhost\r\n\r\n';
    raw.socket.write(submission(file(1)) + status);
    await untilWaiting(emulator, 2);
    raw.socket.destroy();
    await raw.heard;
    await send(`${emulator.url}/__emulator/health`);
    await emulator.drain();
    expect(emulator.batches()).toMatchObject([{ status: 'complete', successfulUpdates: 1 }]);
    await emulator.close();
  });
});

/** Faults are written down when they fire, which is before what they hold back. */
async function untilWaiting(emulator: Awaited<ReturnType<typeof openEmulator>>, faults: number): Promise<void> {
  while (emulator.journal.read({ kind: 'fault' }).entries.length < faults) {
    await send(`${emulator.url}/__emulator/health`);
  }
}

describe('paces', () => {
  it('stuck, by pace and by fault: the pace keeps every row out, the fault stops after so many', async () => {
    const emulator = await openEmulator();
    emulator.faults.set({ stuck: { afterRows: 2 } });
    await send(`${emulator.url}${V2}`, { body: file(4) });
    await emulator.setPace('demo', { kind: 'stuck', ms: 0 });
    await send(`${emulator.url}${V2}`, { body: file(5) });
    await emulator.drain();
    expect(emulator.batches()).toMatchObject([
      { status: 'stuck', batchSize: 5, consumedCount: 0 },
      { status: 'stuck', batchSize: 4, consumedCount: 2 },
    ]);
  });

  it('polls: a status request that a fault answers is none of those counted', async () => {
    const emulator = await openEmulator();
    await emulator.setPace('demo', { kind: 'polls', polls: 2 });
    const link = statusLinkIn((await send(`${emulator.url}${V2}`, { body: file(1) })).text);
    const seen = [];
    emulator.faults.set({ status: { on: ['status'], times: 3 } });
    for (let poll = 0; poll < 6; poll += 1) {
      const { status, text } = await send(link);
      seen.push(status === 200 ? statusIn(text) : status);
      await emulator.drain();
    }
    expect(seen).toEqual([503, 503, 503, 'incomplete', 'incomplete', 'complete']);
  });

  it('duration and slowIngestion: advance() applies every part at its own time', async () => {
    const emulator = await openEmulator();
    const start = emulator.clock.now();
    await emulator.setPace('demo', { kind: 'duration', ms: 60_000 });
    emulator.faults.set({ slowIngestion: { rowsPerStep: 4, everyMs: 1_000 } });
    await send(`${emulator.url}${V2}`, { body: file(10) });
    await emulator.advance(61_000);
    expect(emulator.batches()).toMatchObject([{ status: 'incomplete', consumedCount: 8 }]);
    await emulator.advance(60_000);
    expect(emulator.batches()).toMatchObject([{ status: 'complete', completedAt: start + 62_000 }]);
  });
});

describe('a snapshot', () => {
  it('holds the faults, what they have counted, and those of waiting batches; the journal goes on', async () => {
    const emulator = await openEmulator({ pace: 'manual' });
    emulator.faults.set({ callsPerMinute: { usedByOthers: 48 }, stuck: { afterRows: 1 } });
    emulator.faults.set({ status: { times: 2, code: 500 } }, 'demo');
    const submit = async () => (await send(`${emulator.url}${V2}`, { body: file(3) })).status;
    const rehearse = async () => [await submit(), await submit(), await submit(), await submit()];
    expect([await submit(), await submit(), await submit()]).toEqual([500, 500, 200]);
    emulator.faults.set({ status: { times: 2, code: 500 } }, 'demo');
    expect(await submit()).toBe(500);

    const snapshot = await emulator.snapshot();
    const faults = [emulator.faults.get(), emulator.faults.get('demo')];
    const first = await rehearse();
    expect(first).toEqual([500, 200, 503, 503]);
    emulator.faults.set({});
    await emulator.dropClient('demo');
    await emulator.drain();

    await emulator.restore(snapshot);
    expect([emulator.faults.get(), emulator.faults.get('demo')]).toEqual(faults);
    expect(emulator.batches()).toMatchObject([{ faults: { stuckAfterRows: 1 } }]);
    expect(await rehearse()).toEqual(first);
    await emulator.release();
    await emulator.drain();
    expect(emulator.batches().map(({ status }) => status)).toEqual(['stuck', 'stuck']);
    // Dropping the client code cleared what came before; the restore brought none of it back.
    expect(emulator.journal.verify({ client: 'demo', times: 4 })).toBe(4);
  });
});

describe('an explanation', () => {
  it('thr-loss, thr-message-loss: of a lost row names the rule, and nothing as written', async () => {
    const emulator = await openEmulator();
    for (const [faults, outcome, rule] of [
      [{ silentLoss: { share: 1 } }, 'lost', 'thr-loss'],
      [{ visibleLoss: { share: 1 } }, 'failed', 'thr-message-loss'],
    ] as const) {
      emulator.faults.set(faults);
      await send(`${emulator.url}${V2}`, { body: file(1) });
      await emulator.drain();
      const found = emulator.explainRow(emulator.batches()[0]!.batchId, 1);
      expect(found).toMatchObject({ outcome, rule, id: 'C-0', attributes: [], rules: [{ id: rule }] });
    }
  });

  it('of a row that a stuck batch never came to says so', async () => {
    const emulator = await openEmulator();
    emulator.faults.set({ stuck: {} });
    await send(`${emulator.url}${V2}`, { body: file(1) });
    await emulator.drain();
    const found = emulator.explainRow(emulator.batches()[0]!.batchId, 1);
    expect(found).toMatchObject({ outcome: undefined, message: 'Row 1: never applied.' });
  });
});
