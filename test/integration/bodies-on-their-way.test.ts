/** Bodies that are on their way: bounded by sender, and a slow sender is cut. */
import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { BYTES_IN_FLIGHT_MAX } from '../../src/protocol/rules/limits.ts';
import { isTooSlow } from '../../src/server/listen/incoming-body.ts';
import { incomingBody } from '../../src/server/listen/incoming-body.ts';
import { openEmulator, rawSocket, send } from './support.ts';

describe('unfinished uploads', () => {
  it('our-queue-bound: of one sender hold no more than the bound, and the one too many is told so', async () => {
    const emulator = await openEmulator();
    const part = Buffer.concat([
      Buffer.from('batch=pcId,a\n'),
      Buffer.alloc(48 * 1024 * 1024, `1,${'x'.repeat(1021)}\n`),
    ]);
    const head = `POST /m2/demo/v2/profile/batchUpdate HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${part.length + 9}\r\n\r\n`;
    const open = Array.from({ length: 6 }, () => rawSocket(emulator.port));
    for (const { socket } of open) {
      socket.write(head);
      socket.write(part);
    }
    const refused = await Promise.race(open.map(async ({ heard }) => heard));
    expect(refused).toMatch(/^HTTP\/1\.1 503 [^]*x-emulator-cause: rule\/our-queue-bound[^]*are on their way already/);
    expect(part.length * open.length).toBeGreaterThan(BYTES_IN_FLIGHT_MAX.sender);
    // The others are gone with their senders, and what they held is free again.
    const gone = open.map(({ socket, heard }) => (socket.destroy(), heard));
    await Promise.all(gone);
    const whole = { body: Buffer.concat([part, Buffer.from('123456789')]) };
    const url = `${emulator.url}/m2/demo/v2/profile/batchUpdate`;
    for (let turn = 0; turn < 6; turn += 1) expect((await send(url, whole)).text).toContain('<success>true</success>');
    expect(emulator.batches()).toHaveLength(6);
  }, 30_000);
});

describe('a slow sender', () => {
  const serve = async (pace: { idleMs: number; graceMs: number; bytesPerSecondMin: number }) => {
    const failures = new EventEmitter();
    const failure = once(failures, 'failed').then(([error]: unknown[]) => error);
    const server = createServer((incoming, outgoing) => void answer(incoming, outgoing)).listen(0, '127.0.0.1');
    async function answer(incoming: IncomingMessage, outgoing: ServerResponse) {
      try {
        for await (const _ of incomingBody({ incoming, outgoing }, pace)) void _;
        outgoing.end('taken');
      } catch (error) {
        failures.emit('failed', error);
        incoming.socket.destroy();
      }
    }
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const address = server.address();
    const socket = connect(typeof address === 'object' && address !== null ? address.port : 0, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.resume();
    return { socket, failure };
  };
  const HEAD = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n';
  const dripping = (socket: Socket, bytes: string) =>
    new Promise<void>((closed) => {
      const drip = () => socket.writable && socket.write(bytes, () => setImmediate(drip));
      socket.once('close', () => closed());
      drip();
    });

  it('who falls silent is cut off, and what it sent is given up', async () => {
    const { socket, failure } = await serve({ idleMs: 40, graceMs: 60_000, bytesPerSecondMin: 1 });
    socket.write(`${HEAD}half`);
    await once(socket, 'close');
    expect(await failure).toMatchObject({ name: 'ConnectionCut' });
  });

  it('who drips is cut off once the grace is over', async () => {
    const { socket, failure } = await serve({ idleMs: 60_000, graceMs: 20, bytesPerSecondMin: 1_000_000_000 });
    socket.write(HEAD.replace('100', '100000000'));
    await dripping(socket, 'x');
    expect(await failure).toMatchObject({ name: 'ConnectionCut', cause: { message: 'The body comes too slowly.' } });
  });

  it('is one below a kibibyte a second on the whole, after a minute', () => {
    const pace = { idleMs: 1, graceMs: 60_000, bytesPerSecondMin: 1024 };
    expect(isTooSlow(pace, 0, 60_000)).toBe(false);
    expect(isTooSlow(pace, 60 * 1024, 60_001)).toBe(true);
    expect(isTooSlow(pace, 61 * 1024, 60_001)).toBe(false);
  });
});
