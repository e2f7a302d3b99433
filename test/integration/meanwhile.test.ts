/** What happens while something is under way: the queue fills while a large body arrives, a batch is asked about before it was applied. */
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createEmulator, type EmulatorOptions, startEmulator } from '../../src/server/index.ts';
import { openFileStore } from '../../src/server/jobs/open-store.ts';
import { rawSocket, send } from './support.ts';

const rowsOf = (count: number, id = 'v') => Array.from({ length: count }, (_, row) => `${id}${row},x\n`).join('');

it('our-queue-bound: a large body that arrives while the queue fills is refused at its end, and nothing of it is kept', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'tpe-meanwhile-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const store = openFileStore(directory, { writer: 'inline' });
  const emulator = await createEmulator({ pace: 'manual', queueBatchesMax: 1 }, { store });
  onTestFinished(() => emulator.close());
  const url = 'http://localhost/m2/demo/v2/profile/batchUpdate';
  const submit = (body: NonNullable<RequestInit['body']>) =>
    emulator.fetch(new Request(url, { method: 'POST', body, duplex: 'half' }));
  const { promise: isFull, resolve: fill } = Promise.withResolvers<void>();
  const { promise: isHalf, resolve: half } = Promise.withResolvers<void>();
  async function* slowly() {
    yield Buffer.from(`batch=thirdPartyId,a\n${rowsOf(20_000)}`);
    half();
    await isFull;
    yield Buffer.from(rowsOf(10, 'w'));
  }
  const late = submit(ReadableStream.from(slowly()));
  await isHalf;
  expect((await submit('batch=thirdPartyId,a\n1,x\n')).status).toBe(200);
  fill();
  const reply = await late;
  expect([reply.status, reply.headers.get('x-emulator-cause')]).toEqual([503, 'rule/our-queue-bound']);
  expect(readdirSync(join(directory, 'spool'))).toEqual([]);
  expect(emulator.batches('demo')).toHaveLength(1);
});

it('st-terminal: a batch that waits for one status request is applied when the next is answered, however large', async () => {
  const emulator = await started();
  await emulator.setPace('demo', { kind: 'polls', polls: 1 });
  const link = await submitted(emulator.url, 60_000);
  const [first, second] = [await send(link), await send(link)];
  expect([first.text, second.text].map((reply) => /<status>(\w+)/.exec(reply)![1])).toEqual(['incomplete', 'complete']);
});

it('a long answer waits for a client that stops reading, and is whole when it reads on', async () => {
  const emulator = await started({ statusShape: '2017' });
  const link = await submitted(emulator.url, 100_000);
  await emulator.drain();
  const { socket, heard, said } = rawSocket(emulator.port);
  await once(socket, 'connect');
  socket.write(
    `GET ${link.slice(emulator.url.length)}&showDetails=true HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
  );
  await once(socket, 'readable').catch(() => undefined);
  socket.pause();
  // Others are answered meanwhile, and what is held for it does not grow to the whole answer.
  for (let turn = 0; turn < 20; turn += 1) expect((await send(`${emulator.url}/__emulator/health`)).status).toBe(200);
  const early = said().length;
  socket.resume();
  const whole = await heard;
  expect(whole.length).toBeGreaterThan(2 * early);
  expect(whole).toMatch(/<\/response>\r\n0\r\n\r\n$|<\/response>$/);
  expect(whole.match(/<id>/g)).toHaveLength(100_000);
});

it('a client that leaves amid a long answer takes nothing along', async () => {
  const emulator = await started({ statusShape: '2017' });
  const link = await submitted(emulator.url, 100_000);
  await emulator.drain();
  const { socket, heard } = rawSocket(emulator.port);
  socket.write(`GET ${link.slice(emulator.url.length)}&showDetails=true HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  await once(socket, 'data');
  socket.destroy();
  await heard;
  expect((await send(`${link}&showDetails=true`)).text).toMatch(/<\/response>$/);
});

async function started(options: EmulatorOptions = {}) {
  const emulator = await startEmulator(options);
  onTestFinished(() => emulator.close());
  return emulator;
}

async function submitted(url: string, rows: number): Promise<string> {
  const { text } = await send(`${url}/m2/demo/v2/profile/batchUpdate`, {
    body: `batch=thirdPartyId,a\n${rowsOf(rows)}`,
  });
  return /<batchStatus>(.*?)<\/batchStatus>/.exec(text)![1]!.replaceAll('&amp;', '&');
}
