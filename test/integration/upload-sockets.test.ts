import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createUploader, type UploaderOptions, type UploadReport } from '../../src/client/index.ts';
import { httpTransport } from '../../src/client/runtime/http-transport.ts';
import { submitAccepted } from '../../src/protocol/wire/index.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const ROWS = 30_000;
const HEADER = 'thirdPartyId,note\n';
const row = (index: number) => `visitor-${index},${'x'.repeat(100)} ${index}\n`;

/** About 3.5 MB, made while it is read. */
async function* bigInput(): AsyncGenerator<Uint8Array> {
  let held = HEADER;
  for (let index = 0; index < ROWS; index += 1) {
    held += row(index);
    if (held.length < 65_536 && index < ROWS - 1) continue;
    yield Buffer.from(held);
    held = '';
  }
}

const big = { name: 'big.csv', open: bigInput };

/** Every wait is over at once: what is proven here is what happens on the socket. */
const impatientClock = () => {
  let nowMs = 0;
  return {
    now: () => nowMs,
    async sleep(ms: number, signal?: AbortSignal) {
      signal?.throwIfAborted();
      nowMs += ms;
    },
  };
};

async function serve(handle: (request: IncomingMessage, response: ServerResponse, index: number) => unknown) {
  let count = 0;
  const server = createServer((request, response) => {
    request.on('error', () => undefined);
    handle(request, response, count++);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const temporaryDirectory = await mkdtemp(join(tmpdir(), 'tpe-test-'));
  onTestFinished(() => rm(temporaryDirectory, { recursive: true }));
  const endpoint = `http://127.0.0.1:${port}`;
  const uploader = (options: Partial<UploaderOptions> = {}) =>
    createUploader({ endpoint, client: 'acme', wait: false, clock: impatientClock(), temporaryDirectory, ...options });
  return { endpoint, uploader, temporaryDirectory, count: () => count };
}

const accept = (response: ServerResponse) => response.end(submitAccepted('http://127.0.0.1:1/x?batchId=1'));

async function bytesOf(request: IncomingMessage): Promise<number> {
  let bytes = 0;
  for await (const chunk of request) bytes += (chunk as Buffer).length;
  return bytes;
}

function reportOf(result: { readonly kind: string }): UploadReport {
  expect(result.kind).toBe('report');
  return result as UploadReport;
}

describe('the uploader on real sockets', () => {
  it('streams a part with its length, exactly as many bytes as planned', async () => {
    const seen: { length: string | undefined; encoding: string | undefined; bytes: number }[] = [];
    const { uploader } = await serve(async (request, response) => {
      const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
      seen.push({ length, encoding, bytes: await bytesOf(request) });
      accept(response);
    });
    const report = reportOf(await uploader().upload(big));
    const { bytes } = report.plan.parts[0]!;
    expect(report.state).toBe('submitted');
    expect(seen).toEqual([{ length: String(bytes), encoding: undefined, bytes }]);
  });

  it('sends the same bytes again when the connection breaks in the middle of a part', async () => {
    const { uploader, count } = await serve(async (request, response, index) => {
      if (index === 0) {
        request.once('data', () => request.socket.destroy());
        return;
      }
      expect(String(await bytesOf(request))).toBe(request.headers['content-length']);
      accept(response);
    });
    const report = reportOf(await uploader().upload(big));
    expect(count()).toBe(2);
    expect(report).toMatchObject({ state: 'submitted', parts: [{ attempts: 2 }] });
  });

  it('says that a part may have been applied twice when the answer is lost after the whole of it', async () => {
    const { uploader } = await serve((request, response, index) => {
      request.resume();
      request.once('end', () => (index === 0 ? request.socket.destroy() : accept(response)));
    });
    for (const partRowsMax of [ROWS, ROWS / 2]) {
      const report = reportOf(await uploader({ partRowsMax }).upload(big));
      expect(report.state).toBe('submitted');
      if (partRowsMax === ROWS) expect(report).toMatchObject({ maybeTwice: true, parts: [{ ambiguousAttempts: 1 }] });
    }
  });

  it('lim-file-size: takes an early 413 for what it is', async () => {
    const { uploader, count } = await serve((request, response) => {
      response.writeHead(413).end();
      request.resume();
    });
    const report = reportOf(await uploader().upload(big));
    expect(count()).toBe(1);
    expect(report).toMatchObject({ state: 'failed', error: { code: 'refused', status: 413 } });
  });

  it('does not carry rows or token to where a redirect points', async () => {
    const stranger = await serve((_, response) => response.end());
    const { uploader } = await serve((request, response) => {
      request.resume();
      request.once('end', () => response.writeHead(307, { location: `${stranger.endpoint}/x` }).end());
    });
    const report = reportOf(await uploader({ token: 'secret' }).upload(big));
    expect(report).toMatchObject({ state: 'failed', error: { code: 'refused', status: 307 } });
    expect(stranger.count()).toBe(0);
  });

  it('does not wait for ever for an answer, nor read one that never ends', async () => {
    const silent = await serve((request) => request.resume());
    const timedOut = reportOf(await silent.uploader({ callTimeoutMs: 300, outageMax: 0 }).upload(big));
    expect(timedOut).toMatchObject({ state: 'failed', error: { code: 'network', retryable: true } });

    const endless = await serve((request, response) => {
      request.resume();
      const more = () => {
        while (response.write('x'.repeat(65_536)));
      };
      response.on('drain', more);
      request.once('end', more);
    });
    const cut = reportOf(await endless.uploader({ outageMax: 0 }).upload(big));
    expect(cut.error?.message).toContain('longer than');
  });

  it('keeps nothing of what is sent already', async () => {
    const CHUNKS = 640;
    const made: WeakRef<Uint8Array>[] = [];
    async function* chunks() {
      for (let index = 0; index < CHUNKS; index += 1) {
        const chunk = new Uint8Array(65_536);
        made.push(new WeakRef(chunk));
        yield chunk;
      }
    }
    let kept = CHUNKS;
    const { endpoint } = await serve((request, response) => {
      request.resume();
      request.once('end', () => {
        collectGarbage();
        kept = made.filter((chunk) => chunk.deref() !== undefined).length;
        accept(response);
      });
    });
    const reply = await httpTransport({ callTimeoutMs: 60_000 })(endpoint, {
      method: 'POST',
      headers: {},
      body: ReadableStream.from(chunks()),
      redirect: 'manual',
      signal: new AbortController().signal,
    });
    for await (const _ of reply.body!);
    expect(made).toHaveLength(CHUNKS);
    expect(kept).toBeLessThan(CHUNKS / 10);
  });

  it('sends to any port, those of other protocols included', async () => {
    const { uploader } = await serve(() => undefined);
    const report = reportOf(await uploader({ endpoint: 'http://127.0.0.1:1', outageMax: 0 }).upload(big));
    expect(report.error!.message).toBe(
      'No answer: nothing listens at 127.0.0.1:1 (ECONNREFUSED). Is tpe serve running?',
    );
  });

  it('a call may take longer than a timer can count', async () => {
    const { uploader } = await serve(async (request, response) => {
      await bytesOf(request);
      accept(response);
    });
    const report = reportOf(await uploader({ callTimeoutMs: 2 ** 40, outageMax: 0 }).upload(big));
    expect(report.state).toBe('submitted');
  });

  it('says why nobody answers', async () => {
    const gone = createServer().listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const { port } = gone.address() as AddressInfo;
    await new Promise((resolve) => gone.close(resolve));
    const { uploader } = await serve(() => undefined);
    const endpoint = `http://127.0.0.1:${port}`;
    const report = reportOf(await uploader({ endpoint, outageMax: 0 }).upload(big));
    expect(report).toMatchObject({ state: 'failed', parts: [{ attempts: 1 }], error: { code: 'network' } });
    expect(report.error!.message).toContain('ECONNREFUSED');
  });

  it('counts nothing as sent where the encryption failed', async () => {
    const { uploader, endpoint } = await serve(() => undefined);
    const small = {
      name: 'small.csv',
      open: () =>
        (async function* () {
          yield Buffer.from(`${HEADER}a,b\n`);
        })(),
    };
    const options = { endpoint: endpoint.replace('http:', 'https:'), outageMax: 0 };
    const report = reportOf(await uploader(options).upload(small));
    expect(report).toMatchObject({ state: 'failed', parts: [{ ambiguousAttempts: 0 }], error: { code: 'network' } });
  });

  it('an interruption in the middle of a part closes the connection and leaves no file', async () => {
    const abort = new AbortController();
    let closed: Promise<unknown> | undefined;
    const { uploader, temporaryDirectory } = await serve((request) => {
      request.socket.on('error', () => undefined);
      closed = new Promise((resolve) => request.socket.once('close', resolve));
      request.once('data', () => abort.abort());
    });
    const result = await uploader({ partRowsMax: ROWS / 2 }).upload(big, { signal: abort.signal });
    expect(reportOf(result)).toMatchObject({ state: 'interrupted', openParts: [1, 2], openLinks: [] });
    await closed;
    expect(await readdir(temporaryDirectory)).toEqual([]);
  });
});
