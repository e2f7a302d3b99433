/** The SFTP door: OpenSSH's own client and a library's upload files, and nothing else is to be had. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { promisify } from 'node:util';
import ssh2 from 'ssh2';
import SftpClient from 'ssh2-sftp-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startEmulator, type RunningEmulator } from '../../src/server/index.ts';

const run = promisify(execFile);
let directory: string;
let emulator: RunningEmulator;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'tpe-sftp-'));
  emulator = await startEmulator({ pace: 'immediate', sftpPort: 0 });
  const { private: own, public: key } = ssh2.utils.generateKeyPairSync('ed25519');
  writeFileSync(join(directory, 'key'), own, { mode: 0o600 });
  await emulator.customerAttributes.setSource('demo', 'crm', { password: 'secret', keys: [key] });
  writeFileSync(join(directory, 'known_hosts'), `${emulator.sftp!.knownHosts}\n`);
  writeFileSync(join(directory, 'crm.csv'), 'id,tier\nC-1,gold\n');
  writeFileSync(join(directory, 'crm.fin'), '');
});
afterAll(async () => {
  await emulator.close();
  rmSync(directory, { recursive: true, force: true });
});

const optionsOf = (...values: readonly string[]) => values.flatMap((value) => ['-o', value]);
const options = () => [
  '-P',
  String(emulator.sftp!.port),
  ...optionsOf(
    `UserKnownHostsFile=${join(directory, 'known_hosts')}`,
    'StrictHostKeyChecking=yes',
    'GlobalKnownHostsFile=/dev/null',
  ),
  '-F',
  '/dev/null',
];

/** OpenSSH's client, told what to do by a file, as scripts do. */
async function openSsh(commands: string, user = 'demo.crm'): Promise<string> {
  const batch = join(directory, `batch-${Math.abs(commands.length)}`);
  writeFileSync(batch, commands);
  const args = [...options(), '-o', `IdentityFile=${join(directory, 'key')}`, '-o', 'IdentitiesOnly=yes', '-b', batch];
  const { stdout } = await run('sftp', [...args, `${user}@127.0.0.1`], { cwd: directory, timeout: 20_000 });
  return stdout;
}

async function withPassword(commands: string, password: string): Promise<string> {
  const args = ['-e', 'sftp', ...options(), '-o', 'PreferredAuthentications=password', 'demo.crm@127.0.0.1'];
  const child = run('sshpass', args, { cwd: directory, timeout: 20_000, env: { ...process.env, SSHPASS: password } });
  child.child.stdin?.end(commands);
  return (await child).stdout;
}

const statusOf = (name: string) =>
  emulator.customerAttributes.files('demo', 'crm').items.find((file) => file.name === name)?.status;
const record = (id: string) =>
  emulator.customerAttributes.record('demo', 'crm', id)?.attributes.map(({ value }) => value);

test('ca-fin, ca-processed: OpenSSH uploads by key; nothing happens before the .fin, then both are in processed', async () => {
  await openSsh('put crm.csv\n');
  await emulator.drain();
  expect([statusOf('crm.csv'), record('C-1')]).toEqual(['uploaded', undefined]);
  expect(await openSsh('ls -1\n')).toMatch(/crm\.csv/);
  await openSsh('put crm.fin\n');
  await emulator.drain();
  expect([statusOf('crm.csv'), record('C-1')]).toEqual(['processed', ['gold']]);
  expect(await openSsh('ls -1 processed\nls -1 failed\nls -l\n')).toMatch(/crm\.csv[^]*crm\.fin/);
  const visit = await emulator.visit('demo', { thirdPartyId: 'C-1' });
  expect(emulator.profile('demo', { kind: 'pcId', value: visit.pcId })?.customerAttributes).toHaveLength(1);
  // The customer deletes processed files.
  await openSsh('rm processed/crm.csv\n');
  expect(emulator.customerAttributes.files('demo', 'crm').items).toEqual([]);
});

test('ca-transport-modes: OpenSSH uploads by password, and not by a wrong one', async () => {
  await withPassword('put crm.csv two.csv\nput crm.fin two.fin\n', 'secret');
  await emulator.drain();
  expect(statusOf('two.csv')).toBe('processed');
  await expect(withPassword('put crm.csv three.csv\n', 'wrong')).rejects.toThrow();
  await expect(openSsh('ls\n', 'demo.shop')).rejects.toThrow(/Permission denied/);
  expect(statusOf('three.csv')).toBeUndefined();
});

test('ssh2-sftp-client uploads, renames, lists and removes', async () => {
  const client = new SftpClient();
  const { port } = emulator.sftp!;
  await client.connect({ host: '127.0.0.1', port, username: 'demo.crm', password: 'secret' });
  try {
    await client.put(Buffer.from('id,tier\nC-7,silver\n'), '/part.tmp');
    await client.rename('/part.tmp', '/lib.csv');
    await client.put(Buffer.from(''), '/lib.fin');
    await emulator.drain();
    expect(record('C-7')).toEqual(['silver']);
    expect((await client.list('/processed')).map(({ name }) => name)).toEqual(
      expect.arrayContaining(['lib.csv', 'lib.fin']),
    );
    expect(await client.exists('/processed/lib.csv')).toBe('-');
    expect(await client.exists('/processed')).toBe('d');
    await client.delete('/processed/lib.csv');
    expect(await client.exists('/processed/lib.csv')).toBe(false);
  } finally {
    await client.end();
  }
});

/** Whether this opens a session; `login` says as whom. */
function isLetIn(login: ssh2.ConnectConfig): Promise<boolean> {
  const client = new ssh2.Client();
  return new Promise<boolean>((resolve) => {
    client
      .on('ready', () => resolve(true))
      .on('error', () => resolve(false))
      .on('close', () => resolve(false));
    client.connect({ host: '127.0.0.1', port: emulator.sftp!.port, username: 'demo.crm', ...login });
  }).finally(() => client.end());
}

/** Signs for a public key that everybody may know, under an algorithm that may not be the key's. */
class Forger extends ssh2.BaseAgent {
  readonly #line: string;
  readonly #algorithm: string;
  readonly #signature: Buffer;
  constructor(line: string, algorithm: string, signature: Buffer) {
    super();
    this.#line = line;
    this.#algorithm = algorithm;
    this.#signature = signature;
  }
  override getIdentities(done: ssh2.IdentityCallback): void {
    const key = ssh2.utils.parseKey(this.#line);
    if (key instanceof Error) throw key;
    key.type = this.#algorithm as ssh2.KeyType;
    done(undefined, [key]);
  }
  override sign(...given: readonly unknown[]): void {
    (given.at(-1) as ssh2.SignCallback)(undefined, this.#signature);
  }
}

test.each(['ed25519', 'ecdsa', 'rsa'] as const)(
  'ca-transport-modes: who knows a public key alone (%s) is not let in, whatever algorithm is claimed for it',
  async (type) => {
    const bits = type === 'rsa' ? 2048 : 256;
    const line = ssh2.utils.generateKeyPairSync(type as 'rsa', { bits }).public;
    await emulator.customerAttributes.setSource('demo', 'forged', { password: 'secret', keys: [line] });
    for (const algorithm of ['ssh-rsa', 'ssh-ed25519', 'ecdsa-sha2-nistp256'])
      for (const signature of [Buffer.alloc(0), Buffer.alloc(64), Buffer.alloc(256, 1)]) {
        const agent = new Forger(line, algorithm, signature);
        expect(await isLetIn({ username: 'demo.forged', agent, authHandler: ['agent'] }), algorithm).toBe(false);
      }
  },
);

test('a password counts whole: a zero byte at its end makes it another', async () => {
  expect(await isLetIn({ password: 'secret\0' })).toBe(false);
  await emulator.customerAttributes.setSource('demo', 'zero', { password: 'secret\0' });
  expect(await isLetIn({ username: 'demo.zero', password: 'secret' })).toBe(false);
  expect(await isLetIn({ username: 'demo.zero', password: 'secret\0' })).toBe(true);
});

test.each([
  ['its password', () => emulator.customerAttributes.setSource('demo', 'changing', { password: 'another' })],
  ['its keys', () => emulator.customerAttributes.setSource('demo', 'changing', { keys: ['ssh-ed25519 AAAA'] })],
  ['that it is there at all', () => emulator.dropClient('changing')],
])('who is connected while the source changes %s is let out, and keeps nothing', async (_, change) => {
  await emulator.customerAttributes.setSource('demo', 'changing', { password: 'secret', keys: [] });
  await emulator.customerAttributes.setSource('changing', 'crm', { password: 'secret', keys: [] });
  const username = change.toString().includes('dropClient') ? 'changing.crm' : 'demo.changing';
  const client = new SftpClient();
  const { port } = emulator.sftp!;
  await client.connect({ host: '127.0.0.1', port, username, password: 'secret' });
  const ended = new Promise<void>((resolve) => client.on('close', () => resolve()));
  await client.put(Buffer.from('id,tier\nC-8,gold\n'), '/before.csv');
  await change();
  await expect(client.put(Buffer.from(''), '/before.fin')).rejects.toThrow(/password or keys have changed/);
  await ended;
  await emulator.drain();
  expect(record('C-8')).toBeUndefined();
});

test('strangers who stay idle keep nobody out', async () => {
  const idle = Array.from({ length: 70 }, () => connect(emulator.sftp!.port, '127.0.0.1').on('error', () => undefined));
  await Promise.all(idle.map((socket) => once(socket, 'data').catch(() => undefined)));
  expect(await isLetIn({ password: 'secret' })).toBe(true);
  for (const socket of idle) socket.destroy();
});

test('nor do those who name a public key and prove nothing', async () => {
  const line = ssh2.utils.generateKeyPairSync('ed25519').public;
  await emulator.customerAttributes.setSource('demo', 'named', { password: 'secret', keys: [line] });
  const clients: ssh2.Client[] = [];
  for (let count = 0; count < 64; count += 1) {
    const client = new ssh2.Client().on('error', () => undefined);
    clients.push(client);
    await new Promise<void>((isAsked) => {
      class Silent extends Forger {
        override sign(): void {
          isAsked();
        }
      }
      const login = { username: 'demo.named', agent: new Silent(line, 'ssh-ed25519', Buffer.alloc(0)) };
      client.connect({ host: '127.0.0.1', port: emulator.sftp!.port, authHandler: ['agent'], ...login });
    });
  }
  expect(await isLetIn({ password: 'secret' })).toBe(true);
  for (const client of clients) client.destroy();
});

test('ca-source: who is connected while the source is deleted uploads nothing more, and nothing stays in its root', async () => {
  await emulator.customerAttributes.setSource('demo', 'gone', { password: 'secret' });
  const client = new SftpClient();
  await client.connect({ host: '127.0.0.1', port: emulator.sftp!.port, username: 'demo.gone', password: 'secret' });
  try {
    await client.put(Buffer.from('id,tier\nC-9,gold\n'), '/waits.csv');
    await emulator.customerAttributes.deleteSource('demo', 'gone');
    expect(emulator.customerAttributes.files('demo', 'gone').items).toEqual([]);
    await expect(client.put(Buffer.from('id,tier\nC-9,gold\n'), '/late.csv')).rejects.toThrow(/source was deleted/);
    expect(emulator.customerAttributes.files('demo', 'gone').items).toEqual([]);
  } finally {
    await client.end();
  }
});

test('ca-fin: a rename makes no .fin, and a .fin without a file fails', async () => {
  await openSsh('put crm.csv kept.csv\nput crm.csv fake.tmp\nrename fake.tmp kept.fin\n');
  await emulator.drain();
  expect(statusOf('kept.csv')).toBe('uploaded');
  await openSsh('put crm.fin alone.fin\n');
  const [failed] = emulator.customerAttributes.files('demo', 'crm').items;
  expect(failed).toMatchObject({ name: 'alone.fin', status: 'failed', fault: { rule: 'ca-fin' } });
  expect(await openSsh('ls -1 failed\n')).toMatch(/alone\.fin/);
});

test('ca-fin-name: two files that one .fin may mean both fail', async () => {
  await openSsh('put crm.csv same.csv\nput crm.csv same.csv.gz\nput crm.fin same.fin\n');
  const found = emulator.customerAttributes.files('demo', 'crm').items.filter(({ name }) => name.startsWith('same'));
  expect(found.map(({ status, fault }) => [status, fault?.rule])).toEqual([
    ['failed', 'ca-fin-name'],
    ['failed', 'ca-fin-name'],
  ]);
});

test('a second upload of a name replaces the first, as in any folder', async () => {
  writeFileSync(join(directory, 'new.csv'), 'id,tier\nC-8,new\n');
  await openSsh('put crm.csv twice.csv\nput new.csv twice.csv\nput crm.fin twice.fin\n');
  await emulator.drain();
  expect(record('C-8')).toEqual(['new']);
});

test.each([
  ['../../x1.csv', 1],
  ['/x2.csv', 1],
  ['/etc/x3.csv', 0],
  ['processed/x4.csv', 0],
  ['a/b/x5.csv', 0],
  ['failed/../../x6.csv', 1],
])('a path never leaves the root: %s', async (path, count) => {
  await openSsh(`-put crm.csv ${path}\n`);
  const name = /x\d\.csv/.exec(path)![0];
  // Above the root there is the root, and beside its two folders nothing.
  const found = emulator.customerAttributes.files('demo', 'crm').items.filter((file) => file.name === name);
  expect(found).toHaveLength(count);
});

test('no file is given back, no shell, no command and no forwarding is to be had', async () => {
  await openSsh('put crm.csv secret.csv\n');
  await expect(openSsh('get secret.csv stolen.csv\n')).rejects.toThrow();
  const ssh = (args: readonly string[]) =>
    run(
      'ssh',
      [
        ...options().map((option) => (option === '-P' ? '-p' : option)),
        ...optionsOf(`IdentityFile=${join(directory, 'key')}`, 'IdentitiesOnly=yes', 'BatchMode=yes'),
        ...args,
      ],
      { timeout: 20_000 },
    );
  await expect(ssh(['demo.crm@127.0.0.1', 'id'])).rejects.toThrow(/exec request failed|request failed/);
  await expect(
    ssh(['-o', 'ExitOnForwardFailure=yes', '-R', '0:127.0.0.1:1', 'demo.crm@127.0.0.1', '-N']),
  ).rejects.toThrow(/forwarding failed/i);
  await expect(ssh(['-W', `127.0.0.1:${emulator.port}`, 'demo.crm@127.0.0.1'])).rejects.toThrow(/forwarding|failed/i);
});

test('pieces that a client sends side by side are put in their order, and a hole is no file', async () => {
  const client = new SftpClient();
  const { port } = emulator.sftp!;
  await client.connect({ host: '127.0.0.1', port, username: 'demo.crm', password: 'secret' });
  try {
    const rows = Array.from({ length: 60_000 }, (_, row) => `L-${row},gold\n`).join('');
    writeFileSync(join(directory, 'large.csv'), `id,tier\n${rows}`);
    // Read in pieces of 64 KB, each written as two.
    await client.put(join(directory, 'large.csv'), '/large.csv');
    await client.put(Buffer.from(''), '/large.fin');
    await emulator.drain();
    expect(emulator.customerAttributes.files('demo', 'crm').items[0]).toMatchObject({
      name: 'large.csv',
      rows: 60_000,
    });
    const holed = client.createWriteStream('/holed.csv', { start: 10 });
    await expect(finished(holed.end('late'))).rejects.toThrow();
    expect(statusOf('holed.csv')).toBeUndefined();
  } finally {
    await client.end();
  }
});

test('ca-fin: of a file of which a piece was refused nothing is kept, also when its client reads the last status alone', async () => {
  const client = new ssh2.Client();
  const closed = await new Promise<Error | undefined | null>((resolve, reject) => {
    client.on('error', reject).on('ready', () => {
      client.sftp((error, sftp) => {
        if (error) return reject(error);
        sftp.open('/part.csv', 'w', (_, handle) => {
          const piece = Buffer.alloc(32_000, 'x');
          for (let at = 600; at >= 0; at -= 1)
            sftp.write(handle, piece, 0, piece.length, at * piece.length, () => undefined);
          sftp.close(handle, resolve);
        });
      });
    });
    client.connect({ host: '127.0.0.1', port: emulator.sftp!.port, username: 'demo.crm', password: 'secret' });
  });
  client.end();
  expect(closed?.message).toMatch(/Too much at once/);
  expect(statusOf('part.csv')).toBeUndefined();
});

test('ssh2-sftp-client uploads 60 MB with requests side by side', async () => {
  const client = new SftpClient();
  await client.connect({ host: '127.0.0.1', port: emulator.sftp!.port, username: 'demo.crm', password: 'secret' });
  try {
    writeFileSync(join(directory, 'sixty.csv'), Buffer.alloc(60_000_000, 'id,tier\n'));
    await client.fastPut(join(directory, 'sixty.csv'), '/sixty.csv');
    expect(emulator.customerAttributes.files('demo', 'crm').items[0]).toMatchObject({ bytes: 60_000_000 });
    await client.delete('/sixty.csv');
  } finally {
    await client.end();
  }
}, 30_000);

test('an upload that is cut off leaves nothing', async () => {
  const before = emulator.customerAttributes.files('demo', 'crm').items.length;
  const client = new ssh2.Client();
  const { port } = emulator.sftp!;
  await new Promise<void>((resolve, reject) => {
    client.on('error', reject).on('ready', () => {
      client.sftp((error, sftp) => {
        if (error) return reject(error);
        sftp.open('/cut.csv', 'w', (_, handle) => {
          sftp.write(handle, Buffer.from('id,tier\n'), 0, 8, 0, () => {
            client.destroy();
            resolve();
          });
        });
      });
    });
    client.connect({ host: '127.0.0.1', port, username: 'demo.crm', password: 'secret' });
  });
  await openSsh('ls\n');
  expect(emulator.customerAttributes.files('demo', 'crm').items).toHaveLength(before);
});

test('the host key is kept with the data, and its line is what OpenSSH shows', async () => {
  const data = join(directory, 'data');
  const start = () =>
    startEmulator({ sftpPort: 0, data }, { workerUrl: new URL('../../dist/writer-worker.js', import.meta.url) });
  const first = await start();
  const { fingerprint } = first.sftp!;
  writeFileSync(join(directory, 'line'), `${first.sftp!.knownHosts}\n`);
  const { stdout } = await run('ssh-keygen', ['-lf', join(directory, 'line')]);
  expect(stdout).toContain(fingerprint);
  await first.close();
  const second = await start();
  expect(second.sftp!.fingerprint).toBe(fingerprint);
  await second.close();
  expect(readFileSync(join(data, 'ssh-host-key'), 'utf8')).toContain('PRIVATE KEY');
  // As a death while it was written leaves it.
  writeFileSync(join(data, 'ssh-host-key'), '');
  await expect(start()).rejects.toMatchObject({ code: 'sftp-unusable', message: expect.stringMatching(/Delete it/) });
});

test('known_hosts has a name to connect to, also where every address is listened on', async () => {
  const open = await startEmulator({ host: '0.0.0.0', sftpPort: 0 });
  expect(open.sftp!.knownHosts).toMatch(new RegExp(`^\\[127\\.0\\.0\\.1\\]:${open.sftp!.port} ssh-ed25519 `));
  await open.close();
});
