/** Opening and closing a listening emulator. */
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { EmulatorError, createEmulator, startEmulator } from '../../src/server/index.ts';
import { DOCUMENTED_SAMPLE, hears, openEmulator, rawSocket, send } from './support.ts';

describe('startEmulator', () => {
  it('takes a free port of the loopback address, and leaves the globals of its host alone', async () => {
    const globals = [globalThis.Request, globalThis.Response];
    const emulator = await startEmulator();
    onTestFinished(() => emulator.close());
    expect(emulator.host).toBe('127.0.0.1');
    expect(emulator.port).toBeGreaterThan(0);
    expect(emulator.url).toBe(`http://127.0.0.1:${emulator.port}`);
    expect((await send(`${emulator.url}/__emulator/health`)).status).toBe(200);
    expect([globalThis.Request, globalThis.Response]).toEqual(globals);
  });

  it('rejects with the remedy when the port is taken, and leaves the data directory free', async () => {
    const data = await mkdtemp(join(tmpdir(), 'tpe-port-'));
    onTestFinished(() => rm(data, { recursive: true, force: true }));
    const first = await openEmulator();
    const { openFileStore } = await import('../../src/server/jobs/open-store.ts');
    const store = openFileStore(data, { writer: 'inline' });
    const second = startEmulator({ port: first.port }, { store });
    await expect(second).rejects.toBeInstanceOf(EmulatorError);
    await expect(second).rejects.toMatchObject({ code: 'port-in-use', message: expect.stringContaining('--port 0') });
    await openFileStore(data, { writer: 'inline' }).writer.close();
  });

  it('rejects when the address is none of this machine', async () => {
    await expect(startEmulator({ host: '192.0.2.1' })).rejects.toMatchObject({ code: 'address-unavailable' });
  });

  it('keeps idle connections longer than common clients do, who would meet the closing of one otherwise', async () => {
    const emulator = await openEmulator();
    const raw = rawSocket(emulator.port);
    raw.socket.write(HEALTH);
    await hears(raw, '"status":"ok"');
    raw.socket.destroy();
    // Go's default transport keeps them for 90 s.
    expect(Number(/keep-alive: timeout=(\d+)/i.exec(raw.said())?.[1])).toBeGreaterThan(90);
  });

  it('rejects options that do not exist', async () => {
    await expect(startEmulator({ colour: 'red' } as object)).rejects.toMatchObject({ name: 'ZodError' });
    await expect(createEmulator({ pace: 'fast' } as object)).rejects.toMatchObject({ name: 'ZodError' });
  });
});

describe('a data directory', () => {
  it('res-batchid-current: keeps what was accepted, and the next process goes on with it by itself', async () => {
    const data = await mkdtemp(join(tmpdir(), 'tpe-restart-'));
    onTestFinished(() => rm(data, { recursive: true, force: true }));
    const { openFileStore } = await import('../../src/server/jobs/open-store.ts');
    const first = await openEmulator({}, { store: openFileStore(data, { writer: 'inline' }) });
    await send(`${first.url}/m2/demo/v2/profile/batchUpdate`, { body: DOCUMENTED_SAMPLE });
    await first.close();

    let complete: (batchId: string) => void = () => undefined;
    const isCompleted = new Promise<string>((resolve) => (complete = resolve));
    const store = openFileStore(data, { writer: 'inline' });
    const on = { batchCompleted: (batch: { batchId: string }) => complete(batch.batchId) };
    const second = await openEmulator({}, { store, drive: 'pump', on });
    const completed = await isCompleted;
    expect(second.batches()).toMatchObject([{ batchId: completed, successfulUpdates: 4 }]);

    // The same seed draws the same numbers, at the same time of a clock that stands still.
    await send(`${second.url}/m2/demo/v2/profile/batchUpdate`, { body: DOCUMENTED_SAMPLE });
    await second.drain();
    expect(new Set(second.batches().map(({ batchId }) => batchId)).size).toBe(2);
  });
});

const HEALTH = 'GET /__emulator/health HTTP/1.1\r\nHost: localhost\r\n\r\n';

describe('a sender that ends its own side after a whole request', () => {
  /** Says it, ends, and reads on. */
  const halfClosed = async (port: number, text: string): Promise<string> => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.end(text);
    let said = '';
    for await (const chunk of socket) said += String(chunk);
    socket.destroy();
    return said;
  };
  const submission = `POST /m2/demo/v2/profile/batchUpdate HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${DOCUMENTED_SAMPLE.length}\r\n\r\n${DOCUMENTED_SAMPLE}`;

  it('is answered, once for each batch that is taken', async () => {
    const emulator = await openEmulator();
    for (let round = 1; round <= 20; round += 1) {
      expect(await halfClosed(emulator.port, submission)).toContain('<success>true</success>');
      expect(emulator.batches('demo')).toHaveLength(round);
    }
    expect(await halfClosed(emulator.port, HEALTH)).toContain('"status":"ok"');
    expect((await halfClosed(emulator.port, HEALTH + HEALTH)).match(/"status":"ok"/g)).toHaveLength(2);
  });

  it('waits for no fault: it looks the same as one that has gone', async () => {
    const emulator = await openEmulator();
    emulator.faults.set({ latency: { ms: 60_000 } }, 'demo');
    expect(await halfClosed(emulator.port, submission)).toContain('fault/latency');
  });

  it('is refused where the request was not whole', async () => {
    const emulator = await openEmulator();
    await halfClosed(emulator.port, submission.slice(0, -1));
    expect(emulator.batches('demo')).toEqual([]);
  });
});

describe('close', () => {
  it('leaves one database file, with everything in it', async () => {
    const data = await mkdtemp(join(tmpdir(), 'tpe-one-file-'));
    onTestFinished(() => rm(data, { recursive: true, force: true }));
    const { openFileStore } = await import('../../src/server/jobs/open-store.ts');
    const emulator = await openEmulator({}, { store: openFileStore(data, { writer: 'inline' }) });
    await send(`${emulator.url}/m2/demo/v2/profile/batchUpdate`, { body: DOCUMENTED_SAMPLE });
    await emulator.close();
    expect((await readdir(data)).toSorted()).toEqual(['.tpe-data', 'emulator.db', 'lock', 'lock.pid', 'spool']);
  });

  it('ends idle keep-alive connections, refuses new ones, and may be called twice', async () => {
    const emulator = await openEmulator();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const closed = new Promise<void>((resolve) => {
      const outgoing = request(`${emulator.url}/__emulator/health`, { agent }, (incoming) => incoming.resume());
      outgoing.once('socket', (socket) => socket.once('close', () => resolve()));
      outgoing.end();
    });
    await send(`${emulator.url}/__emulator/health`);
    await Promise.all([emulator.close(), emulator.close()]);
    await closed;
    await expect(send(`${emulator.url}/__emulator/health`)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('cuts a body that is still on its way, and waits for a reply that is owed', async () => {
    const { openMemoryStore } = await import('../../src/server/jobs/open-store.ts');
    const store = openMemoryStore();
    let release = () => {};
    const isReleased = new Promise<void>((resolve) => (release = resolve));
    let accepting = () => {};
    const isAccepting = new Promise<void>((resolve) => (accepting = resolve));
    const writer = {
      ...store.writer,
      async acceptBatch(batch: Parameters<typeof store.writer.acceptBatch>[0]) {
        accepting();
        await isReleased;
        await store.writer.acceptBatch(batch);
      },
    };
    const emulator = await openEmulator({}, { store: { ...store, writer } });
    const unfinished = rawSocket(emulator.port);
    await new Promise<void>((written) =>
      unfinished.socket.write(
        'POST /m2/demo/profile/batchUpdate HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\nbatch=',
        () => written(),
      ),
    );
    const owed = send(`${emulator.url}/m2/demo/v2/profile/batchUpdate`, { body: DOCUMENTED_SAMPLE });
    await isAccepting;
    const closing = emulator.close();
    expect(await unfinished.heard).toBe('');
    release();
    expect((await owed).text).toContain('<success>true</success>');
    await closing;
  });

  it.each([
    ['has said nothing', ''],
    ['has said half a request', 'GET /__emulator/health HT'],
    ['has said half a request after a whole one', `${HEALTH}GET /`],
  ])('does not wait for a connection that %s', async (_, text) => {
    const emulator = await openEmulator();
    const raw = rawSocket(emulator.port);
    await once(raw.socket, 'connect');
    raw.socket.write(text);
    if (text.startsWith(HEALTH)) await hears(raw, '"status":"ok"');
    // The server has taken the connection up before a later one.
    await send(`${emulator.url}/__emulator/health`);
    await emulator.close();
    await raw.heard;
  });

  it('gives up on who does not read the replies', async () => {
    const emulator = await openEmulator();
    const raw = rawSocket(emulator.port);
    raw.socket.pause();
    const unknown = `GET /m2/demo/profile/batchStatus?batchId=${'x'.repeat(12_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
    raw.socket.write(unknown.repeat(2_000));
    await send(`${emulator.url}/__emulator/health`);
    await emulator.close();
    raw.socket.destroy();
  });

  it('leaves nothing behind that would keep the process alive', async () => {
    expect(await heldInTheEnd()).toEqual([]);
    const emulator = await startEmulator({ pace: 'realistic' });
    await send(`${emulator.url}/m2/demo/v2/profile/batchUpdate`, { body: DOCUMENTED_SAMPLE });
    expect(held()).toContain('TCPServerWrap');
    await emulator.close();
    expect(await heldInTheEnd()).toEqual([]);
  });
});

/** Not timers: the clock's hold nothing, and the test runner has its own. */
const HOLDING = new Set(['TCPServerWrap', 'TCPSocketWrap', 'MessagePort', 'Worker', 'FSReqCallback']);
const held = () => process.getActiveResourcesInfo().filter((kind) => HOLDING.has(kind));

/** libuv lets go of closed handles, those of earlier tests too, within some turns of the loop. */
async function heldInTheEnd(): Promise<string[]> {
  for (let turn = 0; turn < 1_000 && held().length > 0; turn += 1) await new Promise((next) => setImmediate(next));
  return held();
}
