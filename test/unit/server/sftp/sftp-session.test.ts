/** What a session of SFTP keeps of pieces that come too early, or faster than the disk takes them. */
import { EventEmitter } from 'node:events';
import type { SFTPWrapper } from 'ssh2';
import { expect, test } from 'vitest';
import type { Services } from '../../../../src/server/http/services.ts';
import { sftpSession } from '../../../../src/server/sftp/sftp-session.ts';

const MB = 1024 * 1024;
const [OK, FAILURE] = [0, 4];

/** A session whose disk writes when `release` is called, if `isSlow`. */
function session({ isSlow = false } = {}) {
  const waiting: (() => void)[] = [];
  const seen = { written: 0, discarded: 0, uploaded: [] as unknown[], refused: [] as string[] };
  const sink = {
    async write(chunk: Uint8Array) {
      if (isSlow) await new Promise<void>((resolve) => waiting.push(resolve));
      seen.written += chunk.length;
    },
    finish: async () => ({}),
    discard: async () => void (seen.discarded += 1),
  };
  const statuses = new Map<number, number>();
  const ids: Buffer[] = [];
  const sftp = Object.assign(new EventEmitter(), {
    status: (request: number, status: number) => void statuses.set(request, status),
    handle: (_: number, id: Buffer) => void ids.push(id),
  });
  const services = {
    reader: { files: () => ({ items: [] }) },
    bodies: { open: () => sink },
    attributes: { uploaded: async (file: unknown) => void seen.uploaded.push(file) },
  };
  const account = { client: 'demo', alias: 'crm' };
  sftpSession(
    sftp as unknown as SFTPWrapper,
    services as unknown as Services,
    account as unknown as Parameters<typeof sftpSession>[2],
    () => true,
    (what, reason) => void seen.refused.push(`${what}: ${reason}`),
  );
  let request = 0;
  const ask = (name: string, ...rest: readonly unknown[]) => {
    request += 1;
    sftp.emit(name, request, ...rest);
    return request;
  };
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
  const open = (name: string) => {
    ask('OPEN', `/${name}`, 2);
    return ids.at(-1)!;
  };
  const release = async () => {
    isSlow = false;
    for (const write of waiting.splice(0)) write();
    await settled();
  };
  const statusOf = async (asked: number) => {
    await settled();
    return statuses.get(asked);
  };
  const write = (id: Buffer, offset: number, data: Buffer) => ask('WRITE', id, offset, data);
  const close = (id: Buffer) => ask('CLOSE', id);
  return { seen, open, write, close, release, statusOf };
}

test('a file of which an early piece was refused is none, whatever came afterwards', async () => {
  const { seen, open, write, close, statusOf } = session();
  const id = open('a.csv');
  const piece = Buffer.alloc(MB);
  const early = Array.from({ length: 17 }, (_, index) => write(id, (index + 1) * MB, piece));
  expect(await statusOf(early[14]!)).toBe(OK);
  expect(await statusOf(early[16]!)).toBe(FAILURE);
  // The hole is filled, the prefix would be whole.
  expect(await statusOf(write(id, 0, piece))).toBe(FAILURE);
  expect(await statusOf(close(id))).toBe(FAILURE);
  expect([seen.uploaded, seen.discarded]).toEqual([[], 1]);
  expect(seen.refused).toEqual(['CLOSE a.csv: Too much at once.']);
  // What was kept for it is free again.
  const next = open('b.csv');
  expect(await statusOf(write(next, MB, Buffer.alloc(15 * MB)))).toBe(OK);
});

test('so is one that was written over', async () => {
  const { seen, open, write, close, statusOf } = session();
  const id = open('a.csv');
  write(id, 0, Buffer.from('id,tier\n'));
  expect(await statusOf(write(id, 0, Buffer.from('id')))).toBe(FAILURE);
  expect(await statusOf(close(id))).toBe(FAILURE);
  expect([seen.uploaded, seen.discarded]).toEqual([[], 1]);
});

test('small pieces count for what they take, empty ones are not kept, and a piece sent again counts once', async () => {
  const { seen, open, write, close, statusOf } = session();
  const id = open('a.csv');
  for (let offset = 1; offset <= 100_000; offset += 1) write(id, offset, Buffer.alloc(0));
  const twice = Buffer.alloc(10 * MB);
  expect(await statusOf(write(id, 1, twice))).toBe(OK);
  expect(await statusOf(write(id, 1, twice))).toBe(OK);
  expect(await statusOf(write(id, 0, Buffer.alloc(1)))).toBe(OK);
  expect(await statusOf(close(id))).toBe(OK);
  expect(seen.uploaded).toMatchObject([{ name: 'a.csv', bytes: 10 * MB + 1 }]);
  const small = open('b.csv');
  const one = Buffer.alloc(1);
  const asked = Array.from({ length: 70_000 }, (_, index) => write(small, index + 1, one));
  expect([await statusOf(asked[60_000]!), await statusOf(asked.at(-1)!)]).toEqual([OK, FAILURE]);
});

test('the bound is of a session, not of each of its files', async () => {
  const { open, write, statusOf } = session();
  expect(await statusOf(write(open('a.csv'), 1, Buffer.alloc(10 * MB)))).toBe(OK);
  expect(await statusOf(write(open('b.csv'), 1, Buffer.alloc(10 * MB)))).toBe(FAILURE);
});

test('a slow disk refuses nothing: what waits for it is answered when it is written, early pieces too', async () => {
  const { seen, open, write, close, release, statusOf } = session({ isSlow: true });
  const id = open('a.csv');
  const asked = Array.from({ length: 60 }, (_, index) => write(id, index * MB, Buffer.alloc(MB)));
  const early = write(id, 61 * MB, Buffer.alloc(MB));
  expect([await statusOf(asked[0]!), await statusOf(asked[59]!), await statusOf(early)]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  const last = write(id, 60 * MB, Buffer.alloc(MB));
  const closed = close(id);
  await release();
  expect([await statusOf(asked[59]!), await statusOf(early), await statusOf(last)]).toEqual([OK, OK, OK]);
  expect(await statusOf(closed)).toBe(OK);
  expect(seen.uploaded).toMatchObject([{ bytes: 62 * MB }]);
  expect(seen.written).toBe(62 * MB);
});

test('who sends on without reading any answer is stopped', async () => {
  const { seen, open, write, close, release, statusOf } = session({ isSlow: true });
  const id = open('a.csv');
  const asked = Array.from({ length: 66 }, (_, index) => write(id, index * MB, Buffer.alloc(MB)));
  expect(await statusOf(asked[65]!)).toBe(FAILURE);
  const closed = close(id);
  await release();
  expect(await statusOf(closed)).toBe(FAILURE);
  expect(seen.uploaded).toEqual([]);
  // And what waited counts no longer.
  const next = open('b.csv');
  expect(await statusOf(write(next, 0, Buffer.alloc(MB)))).toBe(OK);
});
