/** Ways to the service: through proxies, past them, and to hosts whose certificate somebody must vouch for. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as requestByHttp, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createUploader, type UploaderOptions, type UploadReport } from '../../src/client/index.ts';
import { networkAgent } from '../../src/client/runtime/network-agent.ts';
import { submitAccepted } from '../../src/protocol/wire/index.ts';
import { TEST_CERTIFICATE, TEST_KEY } from './test-certificate.ts';

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** A service that takes every batch and writes down how many bytes it was. */
async function service(kind: 'http' | 'https') {
  const bodies: string[] = [];
  const answer: RequestListener = (request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      bodies.push(body);
      response.end(submitAccepted('http://127.0.0.1:1/x?batchId=1'));
    });
  };
  const server =
    kind === 'http' ? createServer(answer) : createTlsServer({ key: TEST_KEY, cert: TEST_CERTIFICATE }, answer);
  return { endpoint: `${kind}://127.0.0.1:${await listen(server)}`, bodies };
}

/** Hands on what it is asked for, tunnels included; `password` is what it wants to hear first. */
async function proxy(password?: string) {
  const asked: string[] = [];
  const isKnown = (header: string | undefined) =>
    password === undefined || header === `Basic ${Buffer.from(password).toString('base64')}`;
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    if (!isKnown(request.headers['proxy-authorization'])) return response.writeHead(407).end();
    const onward = requestByHttp(request.url!, { method: request.method, headers: request.headers }, (reply) => {
      response.writeHead(reply.statusCode!, reply.headers);
      reply.pipe(response);
    });
    return request.pipe(onward);
  });
  server.on('connect', (request, socket, head) => {
    asked.push(`CONNECT ${request.url}`);
    if (!isKnown(request.headers['proxy-authorization'])) return socket.end('HTTP/1.1 407 No\r\n\r\n');
    const [host, port] = request.url!.split(':');
    const onward = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      onward.write(head);
      onward.pipe(socket).pipe(onward);
    });
    onward.on('error', () => socket.destroy());
    socket.on('error', () => onward.destroy());
    return undefined;
  });
  return { port: await listen(server), asked };
}

function certificateFile(): string {
  const directory = mkdtempSync(join(tmpdir(), 'tpe-ca-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'ca.pem');
  writeFileSync(file, TEST_CERTIFICATE);
  return file;
}

const ROWS = `thirdPartyId,note\n${Array.from({ length: 20_000 }, (_, index) => `v${index},${'x'.repeat(50)}\n`).join('')}`;

async function upload(options: Partial<UploaderOptions> & { readonly endpoint: string }): Promise<UploadReport> {
  const input = {
    name: 'x.csv',
    async *open() {
      yield Buffer.from(ROWS);
    },
  };
  const result = await createUploader({ client: 'acme', wait: false, outageMax: 0, ...options }).upload(input);
  return result as UploadReport;
}

describe('a proxy', () => {
  it.each(['http', 'https'] as const)('takes an upload to a service by %s, every byte of it', async (kind) => {
    const there = await service(kind);
    const way = await proxy();
    const options = { endpoint: there.endpoint, proxy: `http://127.0.0.1:${way.port}`, ca: certificateFile() };
    expect(await upload(options)).toMatchObject({ state: 'submitted', parts: [{ attempts: 1 }] });
    expect(there.bodies.map((body) => body.length)).toEqual([Buffer.byteLength(`batch=${ROWS}`)]);
    const port = new URL(there.endpoint).port;
    expect(way.asked).toEqual([
      kind === 'http' ? `POST ${there.endpoint}/m2/acme/v2/profile/batchUpdate` : `CONNECT 127.0.0.1:${port}`,
    ]);
  });

  it.each(['http', 'https'] as const)(
    'that asks who it is hears it, and says so where it does not (%s)',
    async (kind) => {
      const there = await service(kind);
      const way = await proxy('me:secret');
      const by = (user: string) =>
        upload({ endpoint: there.endpoint, proxy: `http://${user}127.0.0.1:${way.port}`, ca: certificateFile() });
      expect((await by('me:secret@')).state).toBe('submitted');
      const refused = await by('');
      expect(refused.state).toBe('failed');
      expect(refused.error!.message).toMatch(/407|proxy/i);
      expect(there.bodies).toHaveLength(1);
    },
  );

  it('that is not there is named as what failed', async () => {
    const there = await service('https');
    const report = await upload({ endpoint: there.endpoint, proxy: 'http://127.0.0.1:1' });
    expect(report).toMatchObject({ state: 'failed', error: { code: 'network', systemCode: 'ECONNREFUSED' } });
  });

  const url = new URL('https://acme.tt.omtrdc.net/x');
  it.each([
    [{}, false],
    [{ HTTPS_PROXY: 'http://p:1' }, true],
    [{ https_proxy: 'http://p:1' }, true],
    [{ HTTPS_PROXY: '' }, false],
    [{ HTTP_PROXY: 'http://p:1' }, false],
  ])('is used where the environment says %j: %s', (variables, isUsed) => {
    expect(networkAgent(url, {}, variables) !== false).toBe(isUsed);
  });

  it('of the environment is not used for this machine, one that is named is', () => {
    const here = new URL('http://127.0.0.1:8181/x');
    expect(networkAgent(here, {}, { HTTP_PROXY: 'http://p:1' })).toBe(false);
    expect(networkAgent(here, { proxy: 'http://p:1' }, {})).not.toBe(false);
  });

  it('is refused in words by a Node that has none', () => {
    for (const node of ['22.15.0', '22.20.9', '23.11.0', '24.4.1']) {
      expect(() => networkAgent(url, { proxy: 'http://p:1' }, {}, node)).toThrow(`Node ${node} cannot use a proxy`);
    }
    for (const node of ['22.21.0', '24.5.0', '26.0.0']) {
      expect(networkAgent(url, { proxy: 'http://p:1' }, {}, node)).not.toBe(false);
    }
  });

  it('is not asked where NO_PROXY names the host', async () => {
    const there = await service('http');
    const way = await proxy();
    process.env['NO_PROXY'] = '127.0.0.1';
    onTestFinished(() => void delete process.env['NO_PROXY']);
    const report = await upload({ endpoint: there.endpoint, proxy: `http://127.0.0.1:${way.port}` });
    expect(report.state).toBe('submitted');
    expect(way.asked).toEqual([]);
  });
});

describe('a certificate', () => {
  it('that nobody vouches for ends the upload at once, with what helps', async () => {
    const there = await service('https');
    const report = await upload({ endpoint: there.endpoint, outageMax: '1h' });
    expect(report).toMatchObject({ state: 'failed', parts: [{ attempts: 1, ambiguousAttempts: 0 }] });
    expect(report.error).toMatchObject({ code: 'untrusted', retryable: false });
    expect(report.error!.message).toContain('--ca FILE or NODE_EXTRA_CA_CERTS');
    expect(there.bodies).toEqual([]);
  });

  it('is believed where its file is named', async () => {
    const there = await service('https');
    expect((await upload({ endpoint: there.endpoint, ca: certificateFile() })).state).toBe('submitted');
  });

  it('of another host is not believed even so', async () => {
    const there = await service('https');
    const other = there.endpoint.replace('127.0.0.1', 'other.localhost');
    const report = await upload({ endpoint: other, ca: certificateFile() });
    expect(report.state).toBe('failed');
    expect(['untrusted', 'network']).toContain(report.error!.code);
  });

  it('file that is not there is an option that is wrong, told before anything is read', async () => {
    const there = await service('https');
    await expect(upload({ endpoint: there.endpoint, ca: '/nowhere/ca.pem' })).rejects.toMatchObject({
      code: 'options-invalid',
      message: expect.stringContaining('/nowhere/ca.pem'),
    });
  });

  it('is not asked for by a port that speaks no TLS: that is told, at once', async () => {
    const there = await service('http');
    const report = await upload({ endpoint: there.endpoint.replace('http:', 'https:'), outageMax: '1h' });
    expect(report).toMatchObject({ state: 'failed', parts: [{ attempts: 1 }], error: { code: 'network' } });
  });
});
