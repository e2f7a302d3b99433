/** How a body may arrive, and what happens when it should not, or does not. */
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { BATCH_FILE_BYTES_LIMIT } from '../../src/protocol/vocabulary/index.ts';
import { EmulatorError } from '../../src/server/index.ts';
import { DOCUMENTED_SAMPLE, getJson, hears, openEmulator, rawSocket, send } from './support.ts';

const POST_HEAD = 'POST /m2/demo/v2/profile/batchUpdate HTTP/1.1\r\nHost: localhost\r\n';

describe('a body that arrives', () => {
  it('body-chunked: one byte at a time means the same as all at once', async () => {
    const emulator = await openEmulator();
    const { socket, heard } = rawSocket(emulator.port);
    socket.setNoDelay(true);
    socket.write(`${POST_HEAD}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n`);
    const text = `${DOCUMENTED_SAMPLE}\n127,%E4%BD%A0,x\r\n`;
    for (const byte of Buffer.from(text)) {
      await new Promise((written) => socket.write(`1\r\n${String.fromCharCode(byte)}\r\n`, 'latin1', written));
    }
    socket.write('0\r\n\r\n');
    expect(await heard).toContain('<success>true</success>');
    await emulator.drain();
    expect(emulator.batches('demo')).toMatchObject([{ status: 'complete', batchSize: 5, successfulUpdates: 5 }]);
    expect(emulator.profile('demo', { kind: 'pcId', value: '127' })?.attributes).toMatchObject([
      { name: 'param1', value: '你' },
      { name: 'param2', value: 'x' },
    ]);
  });

  it('body-expect-100: a body that will be read is asked for', async () => {
    const emulator = await openEmulator();
    const raw = rawSocket(emulator.port);
    raw.socket.write(
      `${POST_HEAD}Content-Length: ${DOCUMENTED_SAMPLE.length}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n`,
    );
    await hears(raw, 'HTTP/1.1 100 Continue\r\n\r\n');
    raw.socket.write(DOCUMENTED_SAMPLE);
    expect(await raw.heard).toMatch(
      /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n[^]*<success>true<\/success>/,
    );
  });

  it('body-expect-100, lim-file-size: 50 MiB announced is refused with 413 and never asked for', async () => {
    const emulator = await openEmulator();
    const raw = rawSocket(emulator.port);
    raw.socket.write(`${POST_HEAD}Content-Length: ${BATCH_FILE_BYTES_LIMIT}\r\nExpect: 100-continue\r\n\r\n`);
    await hears(raw, '</response>');
    raw.socket.end();
    const heard = await raw.heard;
    expect(heard).toMatch(/^HTTP\/1\.1 413 /);
    expect(heard).toContain('x-emulator-cause: rule/lim-file-size');
    expect(heard.toLowerCase()).toContain('connection: close');
    expect(heard).not.toContain('100 Continue');
  });

  it.each([
    ['a foreign host', 'POST /m2/demo/profile/batchUpdate', 'Host: evil.example', 403],
    ['an unknown path', 'POST /m2/demo/profile/nothing', 'Host: localhost', 404],
    ['another method', 'PUT /m2/demo/profile/batchUpdate', 'Host: localhost', 405],
    ['a compressed body', 'POST /m2/demo/profile/batchUpdate', 'Host: localhost\r\nContent-Encoding: gzip', 200],
    ['a malformed client code', 'POST /m2/a.b/profile/batchUpdate', 'Host: localhost', 200],
  ])(
    'body-expect-100: what the head alone gives away is refused without asking for the body: %s',
    async (_, line, head, status) => {
      const emulator = await openEmulator();
      const raw = rawSocket(emulator.port);
      raw.socket.write(`${line} HTTP/1.1\r\n${head}\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n`);
      await hears(raw, '\r\n\r\n');
      raw.socket.end();
      expect(await raw.heard).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
      expect(await raw.heard).not.toContain('100 Continue');
    },
  );
});

describe('a body that is too much', () => {
  it('lim-file-size: without a length it is refused when the limit is reached, and the sender sees the reply', async () => {
    const emulator = await openEmulator();
    const reply = await new Promise<{ status: number; text: string }>((resolve, reject) => {
      const outgoing = request(`${emulator.url}/m2/demo/v2/profile/batchUpdate`, { method: 'POST', agent: false });
      outgoing.once('error', reject);
      outgoing.once('response', (incoming) => {
        let text = '';
        incoming.on('data', (chunk) => (text += chunk));
        incoming.once('end', () => resolve({ status: incoming.statusCode!, text }));
      });
      outgoing.write('batch=pcId,a\n');
      const megabyte = Buffer.alloc(1024 * 1024, 'x');
      let left = 52;
      const write = () => {
        while (left > 0) {
          left -= 1;
          if (!outgoing.write(megabyte)) return void outgoing.once('drain', write);
        }
        outgoing.end();
      };
      write();
    });
    expect(reply.status).toBe(413);
    expect(reply.text).toContain('<success>false</success>');
    expect(emulator.batches()).toEqual([]);
  });

  it('body-batch-prefix: a refusal at the first line reaches a sender that first sends everything', async () => {
    const emulator = await openEmulator();
    const reply = await send(`${emulator.url}/m2/demo/v2/profile/batchUpdate`, { body: Buffer.alloc(20_000_000, 'x') });
    expect([reply.status, reply.headers.connection]).toEqual([200, 'close']);
    expect(reply.text).toContain('Batch is empty');
  });

  it('body-compress: a small body that is refused unread does not stand in the way of the next request', async () => {
    const emulator = await openEmulator();
    const { socket, heard } = rawSocket(emulator.port);
    const refused = `${POST_HEAD}Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nbatch`;
    socket.write(`${refused}GET /__emulator/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    expect((await heard).match(/HTTP\/1\.1 200 OK|rule\/body-compress|"status":"ok"/g)).toEqual([
      'HTTP/1.1 200 OK',
      'rule/body-compress',
      'HTTP/1.1 200 OK',
      '"status":"ok"',
    ]);
  });

  it('lim-file-size: a sender that never ends is answered, and cut off after a bounded while', async () => {
    const emulator = await openEmulator();
    const { socket, heard } = rawSocket(emulator.port);
    socket.write(`${POST_HEAD}Transfer-Encoding: chunked\r\n\r\nd\r\nbatch=pcId,a\n\r\n`);
    const chunk = Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(1024 * 1024, 'x'), Buffer.from('\r\n')]);
    const pour = () => {
      while (socket.writable && socket.write(chunk));
      if (socket.writable) socket.once('drain', pour);
    };
    pour();
    expect(await heard).toMatch(/^HTTP\/1\.1 413 [^]*<success>false<\/success>/);
    expect(emulator.batches()).toEqual([]);
  });

  it('our-queue-bound: a full queue refuses with 503, and the body is not read', async () => {
    const emulator = await openEmulator({ pace: 'manual', queueBatchesMax: 1 });
    await send(`${emulator.url}/m2/demo/v2/profile/batchUpdate`, { body: DOCUMENTED_SAMPLE });
    const reply = await send(`${emulator.url}/m2/demo/v2/profile/batchUpdate`, { body: DOCUMENTED_SAMPLE });
    expect([reply.status, reply.headers['x-emulator-cause']]).toEqual([503, 'rule/our-queue-bound']);
    expect(emulator.batches()).toHaveLength(1);
  });
});

describe('a body that is cut off', () => {
  it('leaves no batch, no client and no file, and is no bug', async () => {
    const data = await mkdtemp(join(tmpdir(), 'tpe-cut-'));
    onTestFinished(() => rm(data, { recursive: true, force: true }));
    const { openFileStore } = await import('../../src/server/jobs/open-store.ts');
    const store = openFileStore(data, { writer: 'inline' });
    let opened = 0;
    let discarded: () => void = () => undefined;
    const isDiscarded = new Promise<void>((resolve) => (discarded = resolve));
    const bodies = {
      open() {
        opened += 1;
        const sink = store.bodies.open();
        return {
          write: (chunk: Uint8Array) => sink.write(chunk),
          finish: () => sink.finish(),
          async discard() {
            await sink.discard();
            discarded();
          },
        };
      },
    };
    const emulator = await openEmulator({}, { store: { ...store, bodies } });
    const filesBefore = readdirSync(data, { recursive: true }).toSorted();

    const raw = rawSocket(emulator.port);
    raw.socket.write(`${POST_HEAD}Content-Length: 10000000\r\n\r\nbatch=pcId,a\n${'1,x\n'.repeat(200_000)}`, () =>
      raw.socket.destroy(),
    );
    await isDiscarded;

    expect(opened).toBe(1);
    expect(readdirSync(data, { recursive: true }).toSorted()).toEqual(filesBefore);
    expect(await getJson(`${emulator.url}/__emulator/batches`)).toEqual({ batches: [], next: null });
    expect(await getJson(`${emulator.url}/__emulator/clients`)).toEqual({ clients: [], next: null });
  });
});

describe('a submission that the store cannot take', () => {
  it('is answered 500 with the remedy, and leaves no file', async () => {
    const data = await mkdtemp(join(tmpdir(), 'tpe-full-'));
    onTestFinished(() => rm(data, { recursive: true, force: true }));
    const { openFileStore } = await import('../../src/server/jobs/open-store.ts');
    const store = openFileStore(data, { writer: 'inline' });
    const writer = {
      ...store.writer,
      acceptBatch: () => Promise.reject(new EmulatorError('disk-full', 'No space left. Free some.')),
    };
    const emulator = await openEmulator({}, { store: { ...store, writer } });
    const reply = await send(`${emulator.url}/m2/demo/v2/profile/batchUpdate`, {
      body: `batch=pcId,a\n${'1,x\n'.repeat(50_000)}`,
    });
    expect([reply.status, reply.text]).toEqual([500, expect.stringContaining('Free some.')]);
    expect(readdirSync(join(data, 'spool'))).toEqual([]);
    expect(emulator.batches()).toEqual([]);
  });
});

describe('a body that is no HTTP', () => {
  it('body-chunked: a malformed chunk is answered 400, leaves nothing, and is no bug', async () => {
    const emulator = await openEmulator();
    const { socket, heard } = rawSocket(emulator.port);
    socket.write(`${POST_HEAD}Transfer-Encoding: chunked\r\n\r\nd\r\nbatch=pcId,a\n\r\nnonsense\r\n`);
    expect(await heard).toMatch(/^HTTP\/1\.1 400 /);
    expect(emulator.batches()).toEqual([]);
    expect(await getJson(`${emulator.url}/__emulator/clients`)).toEqual({ clients: [], next: null });
  });
});

describe('a sender that hangs up before the reply', () => {
  it('st-submit-not-applied: has its batch applied all the same', async () => {
    const { openMemoryStore } = await import('../../src/server/jobs/open-store.ts');
    const store = openMemoryStore();
    const raw: { current?: ReturnType<typeof rawSocket> } = {};
    let complete: (batchId: string) => void = () => undefined;
    const isCompleted = new Promise<string>((resolve) => (complete = resolve));
    const writer = {
      ...store.writer,
      async acceptBatch(batch: Parameters<typeof store.writer.acceptBatch>[0]) {
        raw.current?.socket.destroy();
        // An answered request on another connection proves that the server has seen the first one end.
        for (let calls = 0; calls < 3; calls += 1) await send(`${emulator.url}/__emulator/health`);
        await store.writer.acceptBatch(batch);
      },
    };
    const on = { batchCompleted: (batch: { batchId: string }) => complete(batch.batchId) };
    const emulator = await openEmulator({}, { store: { ...store, writer }, drive: 'pump', on });
    raw.current = rawSocket(emulator.port);
    raw.current.socket.write(`${POST_HEAD}Content-Length: ${DOCUMENTED_SAMPLE.length}\r\n\r\n${DOCUMENTED_SAMPLE}`);
    const batchId = await isCompleted;
    expect(emulator.batches()).toMatchObject([{ batchId, status: 'complete', successfulUpdates: 4 }]);
  });
});

describe('a sender that hangs up before the reply that stands before its own', () => {
  it('has its batch applied all the same', async () => {
    const { openMemoryStore } = await import('../../src/server/jobs/open-store.ts');
    const store = openMemoryStore();
    const pipelined: { current?: ReturnType<typeof rawSocket> } = {};
    let complete: (batchId: string) => void = () => undefined;
    const isCompleted = new Promise<string>((resolve) => (complete = resolve));
    let letIn = () => {};
    const isLetIn = new Promise<void>((resolve) => (letIn = resolve));
    const writer = {
      ...store.writer,
      async acceptBatch(batch: Parameters<typeof store.writer.acceptBatch>[0]) {
        if (batch.client === 'first') return isLetIn;
        await store.writer.acceptBatch(batch);
      },
    };
    const on = {
      batchAccepted: () => void pipelined.current?.socket.destroy(),
      batchCompleted: (batch: { batchId: string }) => complete(batch.batchId),
    };
    const emulator = await openEmulator({}, { store: { ...store, writer }, drive: 'pump', on });
    onTestFinished(letIn);
    const head = (client: string) => POST_HEAD.replace('demo', client);
    const submission = `Content-Length: ${DOCUMENTED_SAMPLE.length}\r\n\r\n${DOCUMENTED_SAMPLE}`;
    pipelined.current = rawSocket(emulator.port);
    pipelined.current.socket.write(`${head('first')}${submission}${head('second')}${submission}`);
    const batchId = await isCompleted;
    expect(emulator.batches()).toMatchObject([{ batchId, client: 'second', status: 'complete' }]);
  });
});

describe('Emulator.fetch', () => {
  it('reads the body of the request and needs no socket', async () => {
    const emulator = await openEmulator();
    const chunks = [DOCUMENTED_SAMPLE.slice(0, 3), DOCUMENTED_SAMPLE.slice(3)];
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        const chunk = chunks.shift();
        if (chunk === undefined) controller.close();
        else controller.enqueue(Buffer.from(chunk));
      },
    });
    const url = 'http://demo.tt.omtrdc.net/m2/client/v2/profile/batchUpdate';
    const response = await emulator.fetch(new Request(url, { method: 'POST', body, duplex: 'half' }));
    expect(await response.text()).toContain(
      '<batchStatus>http://demo.tt.omtrdc.net/m2/demo/profile/batchStatus?batchId=demo-',
    );
    await emulator.drain();
    expect(emulator.batches('demo')).toMatchObject([{ successfulUpdates: 4 }]);
  });

  it('rejects when the body fails, and leaves nothing', async () => {
    const emulator = await openEmulator();
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.error(new Error('the line is dead'));
      },
    });
    const url = 'http://localhost/m2/demo/v2/profile/batchUpdate';
    const answer = emulator.fetch(new Request(url, { method: 'POST', body, duplex: 'half' }));
    await expect(answer).rejects.toMatchObject({ name: 'ConnectionCut', cause: new Error('the line is dead') });
    expect(emulator.batches()).toEqual([]);
  });
});
