import { X509Certificate } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { once } from 'node:events';
import { callbackify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { issueLeaf, newAuthority } from '../../../../src/server/tls/authority.ts';
import { type KeyPair, ownCertificate } from '../../../../src/server/tls/key-pair.ts';
import { certificates, type Certificates } from '../../../../src/server/tls/certificates.ts';
import { keptAuthority } from '../../../../src/server/tls/kept-authority.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const NOW = Date.now();

function emptyDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'tpe-tls-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

function served(authority: () => Promise<KeyPair>, now = () => NOW): Certificates {
  return certificates({
    authority,
    isServed: (host) => host.endsWith('.tt.omtrdc.net'),
    loopbackNames: ['localhost', '127.0.0.1', '::1'],
    now,
  });
}

/** What a client that trusts `ca` meets at a server with these certificates. */
async function handshake(source: Certificates, servername: string, ca: string): Promise<X509Certificate> {
  const contextFor = callbackify(source.contextFor);
  const server = createServer({
    SNICallback: (name, done) => contextFor(name, done),
  });
  onTestFinished(() => void server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as { port: number };
  const socket: TLSSocket = connect({ host: '127.0.0.1', port, servername, ca });
  try {
    await once(socket, 'secureConnect');
    return new X509Certificate(socket.getPeerCertificate().raw);
  } finally {
    socket.destroy();
  }
}

describe('certificates', () => {
  it('are accepted by a client that trusts the authority, for each host that is served', async () => {
    const authority = await newAuthority(NOW);
    const source = served(() => Promise.resolve(authority));
    for (const host of ['demo.tt.omtrdc.net', 'mboxedge28.tt.omtrdc.net', 'localhost']) {
      expect((await handshake(source, host, await source.ca())).checkHost(host)).toBe(host);
    }
  });

  it('are refused by a client that trusts another authority', async () => {
    const source = served(() => newAuthority(NOW));
    const other = await newAuthority(NOW);
    await expect(handshake(source, 'demo.tt.omtrdc.net', other.cert)).rejects.toMatchObject({
      code: expect.stringMatching(/SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET)|CERT_SIGNATURE/) as string,
    });
  });

  it('are not made for a host that is not served', async () => {
    const source = served(() => newAuthority(NOW));
    await expect(source.contextFor('evil.example')).rejects.toThrow('evil.example is not served here');
  });

  it('name the loopback addresses where a client names no host', async () => {
    const authority = await newAuthority(NOW);
    const leaf = new X509Certificate((await issueLeaf(authority, ['localhost', '127.0.0.1', '::1'], NOW)).cert);
    expect(leaf.checkHost('localhost')).toBe('localhost');
    expect(leaf.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(leaf.checkIP('::1')).toBe('::1');
    expect(leaf.ca).toBe(false);
  });

  it('are made once a host, and again before they expire', async () => {
    const authority = await newAuthority(NOW);
    let now = NOW;
    const source = served(
      () => Promise.resolve(authority),
      () => now,
    );
    const first = await source.contextFor('demo.tt.omtrdc.net');
    expect(await source.contextFor('demo.tt.omtrdc.net')).toBe(first);
    now += 79 * DAY_MS;
    expect(await source.contextFor('demo.tt.omtrdc.net')).toBe(first);
    now += 2 * DAY_MS;
    expect(await source.contextFor('demo.tt.omtrdc.net')).not.toBe(first);
  });

  it('look at the authority again after it could not be had', async () => {
    let tries = 0;
    const source = served(() => {
      tries += 1;
      return tries === 1 ? Promise.reject(new Error('not yet')) : newAuthority(NOW);
    });
    await expect(source.contextFor('localhost')).rejects.toThrow('not yet');
    await expect(source.contextFor('localhost')).resolves.toBeDefined();
  });
});

describe('the kept authority', () => {
  it('is the same at the next start, and closed to others', async () => {
    const directory = join(emptyDirectory(), 'tls');
    const first = await keptAuthority(directory, NOW);
    expect(await keptAuthority(directory, NOW)).toEqual(first);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(statSync(join(directory, 'ca-key.pem')).mode & 0o777).toBe(0o600);
  });

  it('is made anew shortly before it ends, and another one each time without a directory', async () => {
    const directory = join(emptyDirectory(), 'tls');
    const first = await keptAuthority(directory, NOW);
    expect(await keptAuthority(directory, NOW + 3640 * DAY_MS)).not.toEqual(first);
    expect(await keptAuthority(undefined, NOW)).not.toEqual(await keptAuthority(undefined, NOW));
  });

  it('is made anew where a process died between its two files', async () => {
    const directory = join(emptyDirectory(), 'tls');
    const { cert } = await keptAuthority(directory, NOW);
    rmSync(join(directory, 'ca.pem'));
    expect((await keptAuthority(directory, NOW)).cert).not.toBe(cert);
  });

  it.each([
    ['others may read the key', (at: string) => chmodSync(join(at, 'ca-key.pem'), 0o644)],
    [
      'the key is cut',
      (at: string) => writeFileSync(join(at, 'ca-key.pem'), '-----BEGIN PRIVATE KEY-----\n', { mode: 0o600 }),
    ],
    ['the certificate is no certificate', (at: string) => writeFileSync(join(at, 'ca.pem'), 'hello')],
    ['something of others lies beside it', (at: string) => writeFileSync(join(at, 'notes.txt'), 'mine')],
    ['the certificate is a directory', (at: string) => (rmSync(join(at, 'ca.pem')), mkdirSync(join(at, 'ca.pem')))],
    [
      'the certificate is a link',
      (at: string) => (rmSync(join(at, 'ca.pem')), symlinkSync('/etc/hostname', join(at, 'ca.pem'))),
    ],
  ] as const)('is refused with a remedy, and left as it is, where %s', async (_, spoil) => {
    const directory = join(emptyDirectory(), 'tls');
    await keptAuthority(directory, NOW);
    spoil(directory);
    await expect(keptAuthority(directory, NOW)).rejects.toMatchObject({
      code: 'tls-unusable',
      message: expect.stringContaining('Remove it to have a new one made') as string,
    });
  });

  it('is refused where the certificate is somebody else’s, or the key another’s', async () => {
    const directory = join(emptyDirectory(), 'tls');
    const authority = await keptAuthority(directory, NOW);
    const leaf = await issueLeaf(authority, ['localhost'], NOW);
    writeFileSync(join(directory, 'ca.pem'), leaf.cert);
    await expect(keptAuthority(directory, NOW)).rejects.toThrow('was not made by the emulator');
    writeFileSync(join(directory, 'ca.pem'), authority.cert);
    writeFileSync(join(directory, 'ca-key.pem'), leaf.key, { mode: 0o600 });
    await expect(keptAuthority(directory, NOW)).rejects.toThrow('is not the key of');
    expect(readFileSync(join(directory, 'ca-key.pem'), 'utf8')).toBe(leaf.key);
  });
});

describe("a user's own certificate", () => {
  it('is taken as a pair, and answers for every host', async () => {
    const directory = emptyDirectory();
    const authority = await newAuthority(NOW);
    const pair = await issueLeaf(authority, ['demo.tt.omtrdc.net'], NOW);
    writeFileSync(join(directory, 'cert.pem'), pair.cert);
    writeFileSync(join(directory, 'key.pem'), pair.key);
    const own = ownCertificate(join(directory, 'cert.pem'), join(directory, 'key.pem'));
    const source = certificates({
      own,
      authority: () => Promise.reject(new Error('not needed')),
      isServed: () => false,
      loopbackNames: ['localhost'],
      now: () => NOW,
    });
    expect(
      (await handshake(source, 'demo.tt.omtrdc.net', authority.cert)).checkHost('demo.tt.omtrdc.net'),
    ).toBeDefined();
    expect(await source.ca()).toBe(pair.cert);
  });

  it('is refused with one line where a file is missing, no PEM, or of another pair', async () => {
    const directory = emptyDirectory();
    const [one, other] = [await newAuthority(NOW), await newAuthority(NOW)];
    const [cert, key, junk] = ['cert.pem', 'key.pem', 'junk.pem'].map((name) => join(directory, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(cert, one.cert);
    writeFileSync(key, other.key);
    writeFileSync(junk, 'junk');
    expect(() => ownCertificate(join(directory, 'none.pem'), key)).toThrow(/^Cannot read .*none\.pem/);
    expect(() => ownCertificate(junk, key)).toThrow('is no certificate in PEM form');
    expect(() => ownCertificate(cert, junk)).toThrow('is no unencrypted private key');
    expect(() => ownCertificate(cert, key)).toThrow('is not the key of');
  });
});
