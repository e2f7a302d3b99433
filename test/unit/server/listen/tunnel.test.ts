import { once } from 'node:events';
import { createServer, get } from 'node:http';
import { connect as connectH2, constants } from 'node:http2';
import { createServer as createHttps } from 'node:https';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answerOtherProtocols, type OtherProtocol } from '../../../../src/server/listen/other-protocols.ts';
import { openTunnels, type TunnelDecision } from '../../../../src/server/listen/tunnel.ts';
import { issueLeaf, newAuthority } from '../../../../src/server/tls/authority.ts';

const authority = await newAuthority(Date.now());
const leaf = await issueLeaf(authority, ['demo.tt.omtrdc.net'], Date.now());

let port: number;
let decisions: TunnelDecision[];
let met: OtherProtocol[];
let close: () => void;

beforeEach(async () => {
  decisions = [];
  met = [];
  const plain = createServer((request, reply) => void reply.end(`plain ${request.headers.host}`));
  const tls = createHttps(leaf, (request, reply) => void reply.end(`tls ${request.headers.host}`));
  const tunnels = openTunnels(plain, {
    isEmulated: (host) => host.endsWith('.tt.omtrdc.net'),
    tls,
    onTunnel: () => {},
    onConnect: (decision) => decisions.push(decision),
  });
  answerOtherProtocols(plain, { onMet: (protocol) => met.push(protocol), owedOver: () => undefined });
  await once(plain.listen(0, '127.0.0.1'), 'listening');
  port = (plain.address() as AddressInfo).port;
  close = () => {
    tunnels.close();
    plain.close();
    plain.closeAllConnections();
    tls.closeAllConnections();
  };
});
afterEach(() => close());

/** Asks for a tunnel; resolves to what the proxy said and, where it opened one, the socket in it. */
async function tunnel(target: string, headWith = ''): Promise<{ said: string; socket: Socket }> {
  const socket = connect(port, '127.0.0.1');
  socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n${headWith}`);
  const [first] = (await once(socket, 'data')) as [Buffer];
  return { said: first.toString('latin1'), socket };
}

async function rest(socket: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
}

const GET = 'GET / HTTP/1.1\r\nHost: demo.tt.omtrdc.net\r\nConnection: close\r\n\r\n';

describe('a tunnel', () => {
  it('to an emulated host carries plain HTTP', async () => {
    const { said, socket } = await tunnel('demo.tt.omtrdc.net:80');
    expect(said).toBe('HTTP/1.1 200 Connection established\r\n\r\n');
    socket.write(GET);
    expect(await rest(socket)).toMatch(/plain demo\.tt\.omtrdc\.net$/);
  });

  it('carries what came in one piece with its request', async () => {
    const { said, socket } = await tunnel('demo.tt.omtrdc.net:80', GET);
    expect(said + (await rest(socket))).toMatch(
      /^HTTP\/1\.1 200 Connection established[^]*plain demo\.tt\.omtrdc\.net$/,
    );
  });

  it.each(['before its first byte', 'within TLS'])('ends where its client ends it: %s', async (when) => {
    const { socket } = await tunnel('demo.tt.omtrdc.net:443');
    if (when === 'within TLS') {
      const secure = connectTls({ socket, servername: 'demo.tt.omtrdc.net', ca: authority.cert });
      await once(secure, 'secureConnect');
      secure.end();
    } else socket.end();
    const [hadError] = (await once(socket, 'close')) as [boolean];
    expect(hadError).toBe(false);
  });

  it('carries TLS, told by its first byte, whatever the port', async () => {
    for (const target of ['demo.tt.omtrdc.net:443', 'DEMO.tt.omtrdc.net:80']) {
      const { socket } = await tunnel(target);
      const secure = connectTls({ socket, servername: 'demo.tt.omtrdc.net', ca: authority.cert });
      secure.write(GET);
      expect(await rest(secure)).toMatch(/tls demo\.tt\.omtrdc\.net$/);
    }
    expect(decisions.map(({ status }) => status)).toEqual([200, 200]);
  });

  it.each([
    ['example.com:443', 403, 'example.com is not emulated'],
    ['127.0.0.1:80', 403, '127.0.0.1 is not emulated'],
    ['demo.tt.omtrdc.net:22', 501, 'port 22 of demo.tt.omtrdc.net'],
    ['demo.tt.omtrdc.net', 403, 'leads to HOST:80 or HOST:443, and not to demo.tt.omtrdc.net'],
    ['demo.tt.omtrdc.net:', 403, 'leads to HOST:80 or HOST:443'],
    ['ann@demo.tt.omtrdc.net:443', 403, 'leads to HOST:80 or HOST:443'],
    ['evil.com/x.tt.omtrdc.net:443', 403, 'leads to HOST:80 or HOST:443'],
    ['demo.tt.omtrdc.net.evil.com:443', 403, 'not emulated'],
    ['demo.tt.omtrdc.net@evil.com:443', 403, 'leads to HOST:80 or HOST:443'],
  ] as const)('to %s is refused with %i and a reason, and nothing is relayed', async (target, status, reason) => {
    const { said, socket } = await tunnel(target);
    const [line, ...others] = (said + (await rest(socket))).split('\r\n');
    expect(line).toMatch(new RegExp(`^HTTP/1.1 ${status} target-profile-emulator: `));
    expect(line).toContain(reason);
    expect(JSON.parse(others.at(-1)!)).toMatchObject({ error: { code: 'tunnel-refused' } });
    expect(decisions).toMatchObject([{ target, status }]);
  });

  it('is refused while a thousand wait for their first byte, and opened once one has spoken', async () => {
    const waiting = await Promise.all(Array.from({ length: 1_000 }, () => tunnel('demo.tt.omtrdc.net:80')));
    expect(new Set(waiting.map(({ said }) => said))).toEqual(new Set(['HTTP/1.1 200 Connection established\r\n\r\n']));
    expect((await tunnel('demo.tt.omtrdc.net:80')).said).toMatch(/^HTTP\/1\.1 503 .*1000 tunnels wait/);
    const [first, ...others] = waiting.map(({ socket }) => socket);
    first!.write(GET);
    expect(await rest(first!)).toContain('plain demo');
    expect((await tunnel('demo.tt.omtrdc.net:80')).said).toContain(' 200 ');
    for (const socket of others) socket.destroy();
  });

  it('whose target holds other letters breaks no line', async () => {
    const { said } = await tunnel('b\u00E4d:443');
    expect(said.split('\r\n')[0]).toMatch(/^HTTP\/1\.1 (?:403|400) /);
  });
});

describe('the plain port', () => {
  it('answers a TLS handshake with an alert, and tells of it', async () => {
    const secure = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
    const [error] = (await once(secure, 'error')) as [NodeJS.ErrnoException];
    expect(error.message).toMatch(/alert|unexpected message/i);
    expect(met).toEqual(['tls']);
  });

  it('sends a client of HTTP/2 away with the reason', async () => {
    const session = connectH2(`http://127.0.0.1:${port}`);
    session.on('error', () => {});
    const goaway = once(session, 'goaway') as Promise<[number, number, Buffer]>;
    const [code, , words] = await goaway;
    expect(code).toBe(constants.NGHTTP2_HTTP_1_1_REQUIRED);
    expect(words.toString()).toContain('HTTP/2 over TLS only');
    expect(met).toEqual(['h2']);
    session.destroy();
  });

  it.each([
    ['socks', '\x05\x01\x00'],
    ['socks', '\x04\x01\x01\xBB\x7F\x00\x00\x01\x00'],
    ['proxy', 'PROXY TCP4 127.0.0.1 127.0.0.1 5000 80\r\nGET / HTTP/1.1\r\n\r\n'],
    ['proxy', '\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0C'],
  ])('tells %s from what is no HTTP at all', async (protocol, bytes) => {
    const socket = connect(port, '127.0.0.1');
    socket.write(Buffer.from(bytes, 'latin1'));
    expect(await rest(socket)).toMatch(/^HTTP\/1\.1 400 Bad Request/);
    expect(met).toEqual([protocol]);
  });

  it('answers what is no HTTP with 400, and goes on', async () => {
    const socket = connect(port, '127.0.0.1');
    socket.write('hello\r\n\r\n');
    expect(await rest(socket)).toMatch(/^HTTP\/1\.1 400 Bad Request/);
    const [reply] = (await once(get({ port, host: '127.0.0.1' }), 'response')) as [NodeJS.ReadableStream];
    expect(await rest(reply)).toContain('plain');
    expect(met).toEqual(['http']);
  });
});
