/** What the integration tests share: an emulator that closes itself, a plain HTTP client, and one that talks raw bytes. */
import { request } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { type Socket, connect } from 'node:net';
import { onTestFinished } from 'vitest';
import { startEmulator, virtualClock } from '../../src/server/index.ts';
import type { EmulatorOptions, EmulatorParts, RunningEmulator, VirtualClock } from '../../src/server/index.ts';

export const NOW = Date.UTC(2026, 0, 1);

/** Listens on a free port; time stands still, and nothing is applied until `drain()`. */
export async function openEmulator(
  options: EmulatorOptions = {},
  parts: EmulatorParts = {},
): Promise<RunningEmulator & { readonly time: VirtualClock }> {
  const time = virtualClock(NOW);
  const emulator = await startEmulator(options, {
    clock: time,
    drive: 'by-hand',
    ...parts,
    on: {
      bug(_, error) {
        throw error;
      },
      ...parts.on,
    },
  });
  onTestFinished(() => emulator.close());
  return { ...emulator, time };
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** Any method, any header (Host and Origin too), which `fetch` would not send. */
export function send(url: string, { method, headers = {}, body }: Sent = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method: method ?? (body === undefined ? 'GET' : 'POST'), headers, agent: false });
    outgoing.once('error', reject);
    outgoing.once('response', (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.once('error', reject);
      incoming.once('end', () =>
        resolve({ status: incoming.statusCode!, headers: incoming.headers, text: Buffer.concat(chunks).toString() }),
      );
    });
    outgoing.end(body);
  });
}

export const json = (value: unknown) => ({
  body: JSON.stringify(value),
  headers: { 'content-type': 'application/json' },
});

export async function getJson(url: string): Promise<unknown> {
  return JSON.parse((await send(url)).text);
}

/** A socket that says exactly what it is told, and everything it hears until the other side hangs up. */
export function rawSocket(port: number): { readonly socket: Socket; readonly heard: Promise<string>; said(): string } {
  const socket = connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  const said = () => Buffer.concat(chunks).toString();
  const heard = new Promise<string>((resolve) => {
    socket.on('error', () => undefined);
    socket.once('close', () => resolve(said()));
  });
  return { socket, heard, said };
}

/** Resolves when what was heard so far contains `text`. */
export async function hears({ socket, said }: ReturnType<typeof rawSocket>, text: string): Promise<void> {
  while (!said().includes(text)) {
    await new Promise<void>((resolve, reject) => {
      socket.once('data', () => resolve());
      socket.once('close', () => reject(new Error(`The connection ended; heard: ${said()}`)));
    });
  }
}

export const statusLinkIn = (xml: string): string =>
  /<batchStatus>(.*)<\/batchStatus>/.exec(xml)?.[1]?.replaceAll('&amp;', '&') ?? '';

export const DOCUMENTED_SAMPLE = [
  'batch=pcId,param1,param2,param3,param4',
  '123,value1',
  '124,value1,,,value4',
  '125,,value2',
  '126,value1,value2,value3,value4',
].join('\n');

/** For assertions on more than a message. Throws where nothing was thrown. */
export const thrownBy = (work: () => unknown): unknown => {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
};
