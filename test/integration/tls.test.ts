/** The emulator over TLS, in tunnels and over HTTP/2: the same app, the same faults, the same end. */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect as connectH2, type ClientHttp2Session, constants } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startEmulator, type RefusedRequest, type RunningEmulator } from '../../src/server/index.ts';
import { issueLeaf, newAuthority } from '../../src/server/tls/authority.ts';
import { DOCUMENTED_SAMPLE, openEmulator, send, statusLinkIn, type Reply } from './support.ts';

const SUBMIT = '/m2/demo/v2/profile/batchUpdate';

interface Asked {
  readonly body?: string;
  readonly headers?: Record<string, string>;
  readonly socket?: Socket;
  readonly servername?: string;
}

/** Over TLS as HTTP/1.1, on a connection of its own or in a tunnel. */
async function ask(emulator: RunningEmulator, path: string, asked: Asked = {}): Promise<Reply> {
  const { body, headers = {}, socket, servername = '127.0.0.1' } = asked;
  const ca = await emulator.ca();
  const { port } = new URL(emulator.tlsUrl ?? emulator.url);
  const secure = connectTls({
    port: Number(port),
    host: '127.0.0.1',
    ca,
    servername: servername === '127.0.0.1' ? '' : servername,
    ...(socket && { socket }),
  });
  return new Promise((resolve, reject) => {
    const outgoing = httpsRequest({
      path,
      method: body === undefined ? 'GET' : 'POST',
      headers: { host: `${servername}${socket === undefined ? `:${port}` : ''}`, ...headers },
      createConnection: () => secure,
    });
    outgoing.once('error', reject);
    outgoing.once('response', (incoming) => {
      let text = '';
      incoming.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      incoming.once('error', reject);
      incoming.once('end', () => resolve({ status: incoming.statusCode!, headers: incoming.headers, text }));
    });
    outgoing.end(body);
  });
}

async function tunnelTo(emulator: RunningEmulator, target: string): Promise<Socket> {
  const socket = connect(emulator.port, '127.0.0.1');
  socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
  const [said] = (await once(socket, 'data')) as [Buffer];
  if (!said.toString().startsWith('HTTP/1.1 200')) throw new Error(said.toString());
  return socket;
}

async function openSession(emulator: RunningEmulator): Promise<ClientHttp2Session> {
  const opened = connectH2(emulator.tlsUrl!, { ca: await emulator.ca() });
  opened.on('error', () => {});
  onTestFinished(() => opened.destroy());
  await once(opened, 'connect');
  return opened;
}

interface StreamReply {
  readonly status: number | undefined;
  readonly cause: string | undefined;
  readonly text: string;
  readonly code: number;
}

function stream(
  session: ClientHttp2Session,
  path: string,
  body?: string,
  more: Record<string, string> = {},
): Promise<StreamReply> {
  return new Promise((resolve) => {
    const asked = session.request({ ':path': path, ':method': body === undefined ? 'GET' : 'POST', ...more });
    let text = '';
    let head: Record<string, unknown> = {};
    asked.on('response', (headers) => (head = headers));
    asked.on('error', () => {});
    asked.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    asked.once('close', () =>
      resolve({
        status: head[':status'] as number | undefined,
        cause: head['x-emulator-cause'] as string | undefined,
        text,
        code: asked.rstCode,
      }),
    );
    asked.end(body);
  });
}

describe('the TLS port', () => {
  it('ep-scheme: answers HTTP/1.1 as the plain port does, and its link is https and leads back', async () => {
    const emulator = await openEmulator({ tlsPort: 0 });
    const reply = await ask(emulator, SUBMIT, { body: DOCUMENTED_SAMPLE });
    const link = statusLinkIn(reply.text);
    expect(link).toMatch(new RegExp(`^https://127.0.0.1:${new URL(emulator.tlsUrl!).port}/m2/demo/`));
    await emulator.drain();
    expect((await ask(emulator, link.slice(link.indexOf('/m2/')))).text).toContain('<status>complete</status>');
  });

  it('ep-http2: speaks HTTP/2 where the client asks for it, many requests at a time', async () => {
    const emulator = await openEmulator({ tlsPort: 0 });
    const h2 = await openSession(emulator);
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, n) => stream(h2, SUBMIT, `batch=thirdPartyId,n\nC-${n},${n}`)),
    );
    expect(replies.map(({ status }) => status)).toEqual(Array<number>(20).fill(200));
    expect(new Set(replies.map(({ text }) => statusLinkIn(text))).size).toBe(20);
    expect(statusLinkIn(replies[0]!.text)).toMatch(/^https:\/\/127\.0\.0\.1:/);
    await emulator.drain();
    expect(await stream(h2, '/rest/v1/profiles/thirdPartyId/C-19?client=demo')).toMatchObject({ status: 200 });
  });

  it('takes 5 MB over HTTP/2, and refuses a body by its beginning while it is still on its way', async () => {
    const emulator = await openEmulator({ tlsPort: 0 });
    const h2 = await openSession(emulator);
    const rows = Array.from({ length: 100_000 }, (_, n) => `C-${n},${'x'.repeat(40)}`).join('\n');
    expect(await stream(h2, SUBMIT, `batch=thirdPartyId,a\n${rows}`)).toMatchObject({ status: 200, code: 0 });
    const refused = await stream(h2, SUBMIT, `no batch at all\n${rows}`);
    expect(refused).toMatchObject({ status: 200 });
    expect(refused.text).toContain('<success>false</success>');
    // The session goes on.
    expect(await stream(h2, '/__emulator/health')).toMatchObject({ status: 200 });
    expect(emulator.batches('demo')).toHaveLength(1);
  });

  it.each([
    ['by its beginning', {}],
    ['by its head alone', { 'content-encoding': 'gzip' }],
    ['by its head alone, whoever waits to be told to go on', { 'content-encoding': 'gzip', expect: '100-continue' }],
  ])(
    'a refusal in-band %s comes after all of the body, or curl would wait for ever, and with no reset',
    async (_, more) => {
      const emulator = await openEmulator({ tlsPort: 0 });
      const asked = (await openSession(emulator)).request({ ':path': SUBMIT, ':method': 'POST', ...more });
      const order: string[] = [];
      asked.on('continue', () => order.push('continue')).on('response', () => order.push('reply'));
      asked.resume().write(`no batch at all\n${'x'.repeat(300_000)}`);
      // The emulator is reading; until the body has ended it says nothing.
      await expect.poll(() => emulator.journal.read().entries.length).toBe(1);
      await stream(await openSession(emulator), '/__emulator/health');
      order.push('end');
      asked.end();
      await once(asked, 'close');
      expect(order).toEqual(['expect' in more ? ['continue'] : [], 'end', 'reply'].flat());
      expect(asked.rstCode).toBe(constants.NGHTTP2_NO_ERROR);
    },
  );

  it('a refusal by status comes at once, and stops a client that is still sending', async () => {
    const emulator = await openEmulator({ tlsPort: 0 });
    const asked = (await openSession(emulator)).request({ ':path': '/nowhere', ':method': 'POST' });
    asked.resume().write('x'.repeat(300_000));
    expect((await once(asked, 'response'))[0]).toMatchObject({ ':status': 404 });
    asked.end();
    await once(asked, 'close');
  });

  it('body-expect-100: takes `100-Continue` in letters of either case, and refuses another expectation in words', async () => {
    const told: RefusedRequest[] = [];
    const emulator = await openEmulator({ tlsPort: 0 }, { on: { refused: (request) => told.push(request) } });
    const h2 = await openSession(emulator);
    const asked = h2.request({ ':path': SUBMIT, ':method': 'POST', expect: '100-Continue' });
    await once(asked, 'continue');
    asked.resume().end(DOCUMENTED_SAMPLE);
    expect((await once(asked, 'response'))[0]).toMatchObject({ ':status': 200 });
    expect(await stream(h2, SUBMIT, DOCUMENTED_SAMPLE, { expect: '200-ok' })).toMatchObject({ status: 417 });
    expect(told).toMatchObject([{ status: 417, reason: expect.stringContaining('only 100-continue') as string }]);
    await ask(emulator, SUBMIT, { body: DOCUMENTED_SAMPLE, headers: { expect: '100-continue' } });
    // Whoever asks that way has asked something.
    expect(told).toHaveLength(1);
    expect(emulator.batches('demo')).toHaveLength(2);
  });

  it('keeps nothing of a body whose stream was reset', async () => {
    const emulator = await openEmulator({ tlsPort: 0 });
    const h2 = await openSession(emulator);
    const asked = h2.request({ ':path': SUBMIT, ':method': 'POST' });
    asked.on('error', () => {});
    asked.write('batch=thirdPartyId,a\nC-1,1\n');
    await stream(h2, '/__emulator/health');
    asked.destroy(new Error('cancelled'));
    await new Promise((closed) => asked.once('close', closed));
    await stream(h2, '/__emulator/health');
    const second = (await openSession(emulator)).request({ ':path': SUBMIT, ':method': 'POST' });
    second.on('error', () => {});
    second.write('batch=thirdPartyId,a\nC-1,1\n');
    await stream(h2, '/__emulator/health');
    second.session!.destroy();
    await once(second, 'close');
    await stream(h2, '/__emulator/health');
    expect(emulator.batches('demo')).toEqual([]);
    expect(
      emulator.journal.read({ kind: 'request' }).entries.map((entry) => entry.kind === 'request' && entry.status),
    ).toEqual([undefined, undefined]);
  });

  it('refuses a foreign host in :authority as it does in Host, and two names for one request', async () => {
    const emulator = await openEmulator({ tlsPort: 0 });
    const h2 = await openSession(emulator);
    expect(await stream(h2, SUBMIT, 'batch=pcId,a\n1,x', { ':authority': 'evil.example' })).toMatchObject({
      status: 403,
    });
    expect(
      await stream(h2, SUBMIT, 'batch=pcId,a\n1,x', { ':authority': '127.0.0.1', host: 'demo.tt.omtrdc.net' }),
    ).toMatchObject({
      status: 400,
    });
    expect(emulator.batches()).toEqual([]);
  });

  it('taken by somebody else is told with the flag that helps, and the plain port is free again', async () => {
    const other = await openEmulator({ tlsPort: 0 });
    const tlsPort = Number(new URL(other.tlsUrl!).port);
    await expect(startEmulator({ tlsPort })).rejects.toMatchObject({
      code: 'port-in-use',
      message: expect.stringContaining('--tls-port 0') as string,
    });
  });

  it('tells of a client that does not trust the CA', async () => {
    const told: RefusedRequest[] = [];
    const emulator = await openEmulator({ tlsPort: 0 }, { on: { refused: (request) => told.push(request) } });
    const socket = connectTls({ port: Number(new URL(emulator.tlsUrl!).port), host: '127.0.0.1' });
    await once(socket, 'error');
    // Told when the client's alert has come: another request on the same loop is later than that.
    await ask(emulator, '/__emulator/health');
    await ask(emulator, '/__emulator/health');
    expect(told).toMatchObject([{ method: 'TLS', reason: expect.stringContaining('tpe ca --how') as string }]);
  });

  it('lets a thousand handshakes be under way and no more, and says so; the streams of a session are bounded too', async () => {
    const told: RefusedRequest[] = [];
    const emulator = await openEmulator({ tlsPort: 0 }, { on: { refused: (request) => told.push(request) } });
    const session = await openSession(emulator);
    await stream(session, '/__emulator/health');
    expect(session.remoteSettings.maxConcurrentStreams).toBe(100);
    const port = Number(new URL(emulator.tlsUrl!).port);
    const silent = Array.from({ length: 1_001 }, () =>
      connect(port, '127.0.0.1')
        .on('error', () => {})
        .resume(),
    );
    await Promise.race(silent.map((socket) => once(socket, 'close')));
    for (const socket of silent) socket.destroy();
    expect(told).toMatchObject([{ method: 'TLS', reason: 'The handshake failed (1000 handshakes are under way).' }]);
    expect((await stream(session, '/__emulator/health')).status).toBe(200);
  });

  it.each([
    [
      'plain HTTP',
      'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n',
      /^The handshake failed \(http request\)\. Plain HTTP .* https:/,
    ],
    ['no TLS at all', 'what is this?\r\n\r\n', /^The handshake failed \([\w ]+\)\.$/],
  ] as const)(
    'tells once of %s on its port, in words and with no remedy that does not help',
    async (_, bytes, line) => {
      const told: RefusedRequest[] = [];
      const emulator = await openEmulator({ tlsPort: 0 }, { on: { refused: (request) => told.push(request) } });
      const socket = connect(Number(new URL(emulator.tlsUrl!).port), '127.0.0.1');
      socket
        .on('error', () => {})
        .resume()
        .write(bytes);
      await once(socket, 'close');
      await ask(emulator, '/__emulator/health');
      expect(told).toMatchObject([{ method: 'TLS', reason: expect.stringMatching(line) as string }]);
    },
  );
});

describe('faults', () => {
  const FAULTY = [
    ['commitThenCut', { commitThenCut: {} }, undefined],
    ['cutReply', { cutReply: { afterBytes: 12 } }, 200],
    ['cutReply before the first byte of the body', { cutReply: { afterBytes: 0 } }, 200],
    ['cutRequest', { cutRequest: { afterBytes: 5 } }, undefined],
  ] as const;

  it.each(FAULTY)('%s resets the stream of HTTP/2, and the session goes on', async (_, faults, status) => {
    const emulator = await openEmulator({ tlsPort: 0 });
    emulator.faults.set(faults);
    const h2 = await openSession(emulator);
    const cut = await stream(h2, SUBMIT, DOCUMENTED_SAMPLE);
    expect(cut).toMatchObject({ status, code: constants.NGHTTP2_INTERNAL_ERROR });
    expect(cut.text.length).toBeLessThanOrEqual(12);
    emulator.faults.set({});
    expect(await stream(h2, SUBMIT, DOCUMENTED_SAMPLE)).toMatchObject({ status: 200, code: 0 });
  });

  it.each(FAULTY)('%s cuts the connection within TLS, and in a tunnel', async (_, faults) => {
    const emulator = await openEmulator({ tlsPort: 0 });
    emulator.faults.set(faults);
    await expect(ask(emulator, SUBMIT, { body: DOCUMENTED_SAMPLE })).rejects.toThrow(/hang up|aborted|ECONNRESET/);
    const socket = await tunnelTo(emulator, 'demo.tt.omtrdc.net:443');
    await expect(
      ask(emulator, SUBMIT, { body: DOCUMENTED_SAMPLE, socket, servername: 'demo.tt.omtrdc.net' }),
    ).rejects.toThrow(/hang up|aborted|ECONNRESET/);
  });

  it('drip gives the reply whole over HTTP/2, byte by byte', async () => {
    const emulator = await startEmulator({ tlsPort: 0 });
    onTestFinished(() => emulator.close());
    emulator.faults.set({ drip: { bytes: 20, everyMs: 1 } });
    const reply = await stream(await openSession(emulator), SUBMIT, DOCUMENTED_SAMPLE);
    expect(reply).toMatchObject({ status: 200, code: 0, cause: 'fault/drip' });
    expect(reply.text).toMatch(/<\/response>$/);
  });
});

describe('a tunnel', () => {
  it('ep-status-absolute: carries TLS to the app, and the link leads back into the tunnel', async () => {
    const emulator = await openEmulator();
    const socket = await tunnelTo(emulator, 'demo.tt.omtrdc.net:443');
    const reply = await ask(emulator, SUBMIT, { body: DOCUMENTED_SAMPLE, socket, servername: 'demo.tt.omtrdc.net' });
    expect(statusLinkIn(reply.text)).toMatch(/^https:\/\/demo\.tt\.omtrdc\.net\/m2\/demo\//);
  });

  it('of plain HTTP gives a link of plain HTTP to the same name', async () => {
    const emulator = await openEmulator();
    const socket = await tunnelTo(emulator, 'demo.tt.omtrdc.net:80');
    socket.write(
      `POST ${SUBMIT} HTTP/1.1\r\nHost: demo.tt.omtrdc.net\r\nContent-Length: ${DOCUMENTED_SAMPLE.length}\r\nConnection: close\r\n\r\n${DOCUMENTED_SAMPLE}`,
    );
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    expect(statusLinkIn(text)).toMatch(/^http:\/\/demo\.tt\.omtrdc\.net\/m2\/demo\//);
  });

  it('is opened by a proxy that is reached by https as well, and leads nowhere else', async () => {
    const emulator = await openEmulator({ tlsPort: 0 });
    const throughTls = async (target: string) => {
      const proxy = connectTls({
        port: Number(new URL(emulator.tlsUrl!).port),
        host: '127.0.0.1',
        ca: await emulator.ca(),
      });
      proxy.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
      const [said] = (await once(proxy, 'data')) as [Buffer];
      return { proxy, said: said.toString() };
    };
    const { proxy, said } = await throughTls('demo.tt.omtrdc.net:443');
    expect(said).toMatch(/^HTTP\/1\.1 200/);
    const reply = await ask(emulator, SUBMIT, {
      body: DOCUMENTED_SAMPLE,
      socket: proxy,
      servername: 'demo.tt.omtrdc.net',
    });
    expect(statusLinkIn(reply.text)).toMatch(/^https:\/\/demo\.tt\.omtrdc\.net\/m2\/demo\//);
    expect((await throughTls('example.com:443')).said).toMatch(/^HTTP\/1\.1 403 [^]*example\.com is not emulated/);
    expect((await throughTls('127.0.0.1:443')).said).toMatch(/^HTTP\/1\.1 403/);
    const h2 = (await openSession(emulator)).request({ ':method': 'CONNECT', ':authority': 'demo.tt.omtrdc.net:443' });
    expect((await once(h2, 'response'))[0]).toMatchObject({ ':status': 501 });
  });

  it('to a foreign host is refused, told and in the journal; to an own one it is in the journal too', async () => {
    const told: RefusedRequest[] = [];
    const emulator = await openEmulator({}, { on: { refused: (request) => told.push(request) } });
    await expect(tunnelTo(emulator, 'example.com:443')).rejects.toThrow(
      '403 target-profile-emulator: example.com is not emulated',
    );
    (await tunnelTo(emulator, 'demo.tt.omtrdc.net:443')).destroy();
    expect(told).toMatchObject([{ method: 'CONNECT', target: 'example.com:443', status: 403 }]);
    expect(emulator.journal.read({ method: 'CONNECT' }).entries).toMatchObject([
      { path: 'example.com:443', status: 403 },
      { path: 'demo.tt.omtrdc.net:443', status: 200 },
    ]);
  });
});

describe('the status link', () => {
  const submit = async (emulator: RunningEmulator, headers: Record<string, string>) =>
    statusLinkIn((await send(`${emulator.url}${SUBMIT}`, { body: DOCUMENTED_SAMPLE, headers })).text);

  it('our-link-host: an Adobe host in a bare Host header does not lead out of the emulator', async () => {
    const emulator = await openEmulator({ tlsPort: 0 });
    expect(await submit(emulator, { host: 'demo.tt.omtrdc.net' })).toMatch(new RegExp(`^${emulator.url}/m2/`));
    expect(await submit(emulator, { host: `demo.tt.omtrdc.net:${emulator.port}` })).toMatch(
      /^http:\/\/demo\.tt\.omtrdc\.net:\d+\/m2/,
    );
    const bare = await ask(emulator, SUBMIT, { body: DOCUMENTED_SAMPLE, headers: { host: 'demo.tt.omtrdc.net' } });
    expect(statusLinkIn(bare.text)).toMatch(new RegExp(`^${emulator.tlsUrl}/m2/`));
  });

  const FORWARDED = [
    { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'demo.tt.omtrdc.net' },
    { 'x-forwarded-proto': 'https, http', host: 'demo.tt.omtrdc.net' },
    { forwarded: 'for=192.0.2.1;proto=https;host="demo.tt.omtrdc.net", for=10.0.0.1;proto=http' },
  ];
  it.each(FORWARDED)(
    'res-url-scheme: behind a terminator it is the terminator, with --trust-proxy alone: %j',
    async (headers) => {
      const trusting = await openEmulator({ trustProxy: true });
      expect(await submit(trusting, headers as Record<string, string>)).toMatch(/^https:\/\/demo\.tt\.omtrdc\.net\/m2/);
      const not = await openEmulator();
      expect(await submit(not, headers as Record<string, string>)).toMatch(new RegExp(`^${not.url}/m2/`));
    },
  );

  it.each(['x-forwarded-host', 'x-forwarded-proto'])(
    'a %s that is none, or foreign, is refused and changes nothing',
    async (name) => {
      const emulator = await openEmulator({ trustProxy: true });
      for (const value of ['evil.example', 'a b', 'user@localhost', 'localhost/..']) {
        const reply = await send(`${emulator.url}${SUBMIT}`, { body: DOCUMENTED_SAMPLE, headers: { [name]: value } });
        expect([400, 403]).toContain(reply.status);
      }
      expect(emulator.batches()).toEqual([]);
    },
  );
});

describe('the certificate authority', () => {
  function directory(): string {
    const path = mkdtempSync(join(tmpdir(), 'tpe-tls-'));
    onTestFinished(() => rmSync(path, { recursive: true, force: true }));
    return path;
  }

  it('is made when first needed, kept with the data, its key for its owner alone, and given out by the control API', async () => {
    const data = directory();
    const first = await openEmulator({ data });
    expect(() => statSync(join(data, 'tls'))).toThrow('ENOENT');
    const pem = (await send(`${first.url}/__emulator/ca.pem`)).text;
    expect(pem).toBe(readFileSync(join(data, 'tls/ca.pem'), 'utf8'));
    expect(statSync(join(data, 'tls/ca-key.pem')).mode & 0o777).toBe(0o600);
    await first.close();
    const second = await openEmulator({ data });
    expect(await second.ca()).toBe(pem);
  });

  it('can be replaced by a certificate of the user', async () => {
    const path = directory();
    const authority = await newAuthority(Date.now());
    const leaf = await issueLeaf(authority, ['127.0.0.1', 'localhost'], Date.now());
    const [tlsCert, tlsKey] = [join(path, 'cert.pem'), join(path, 'key.pem')];
    writeFileSync(tlsCert, leaf.cert);
    writeFileSync(tlsKey, leaf.key, { mode: 0o600 });
    const emulator = await openEmulator({ tlsPort: 0, tlsCert, tlsKey });
    expect(await ask(emulator, '/__emulator/health')).toMatchObject({ status: 200 });
    await expect(startEmulator({ tlsCert })).rejects.toMatchObject({
      code: 'tls-unusable',
      message: expect.stringContaining('--tls-key') as string,
    });
    await expect(startEmulator({ tlsCert, tlsKey: tlsCert })).rejects.toMatchObject({ code: 'tls-unusable' });
  });
});

describe('closing', () => {
  it('gives replies that are on their way to their readers, over TLS and HTTP/2, and keeps nobody', async () => {
    const emulator = await startEmulator({ tlsPort: 0 });
    emulator.faults.set({ latency: { ms: 60_000 } });
    const h2 = await openSession(emulator);
    const idle: TLSSocket = connectTls({
      port: Number(new URL(emulator.tlsUrl!).port),
      host: '127.0.0.1',
      ca: await emulator.ca(),
    });
    await once(idle, 'secureConnect');
    const silent = await tunnelTo(emulator, 'demo.tt.omtrdc.net:443');
    const replies = [
      stream(h2, SUBMIT, DOCUMENTED_SAMPLE),
      ask(emulator, SUBMIT, { body: DOCUMENTED_SAMPLE }).then(({ status }) => ({ status })),
    ];
    while (emulator.batches('demo').length < 2) await new Promise((turn) => setImmediate(turn));
    const ended = [
      once(
        idle.on('error', () => {}),
        'close',
      ),
      once(
        silent.on('error', () => {}),
        'close',
      ),
    ];
    await emulator.close();
    expect(await Promise.all(replies)).toMatchObject([{ status: 200, code: 0 }, { status: 200 }]);
    await Promise.all(ended);
  });
});
