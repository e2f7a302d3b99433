/** The SFTP door: OpenSSH's own client and a library's upload files, and nothing else is to be had. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { promisify } from 'node:util';
import { zipSync } from 'fflate';
import ssh2 from 'ssh2';
import SftpClient from 'ssh2-sftp-client';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import {
  startEmulator,
  type AttributeFile,
  type RefusedRequest,
  type RunningEmulator,
} from '../../src/server/index.ts';
import { sshKeyPair } from './ssh-key-pair.ts';

const run = promisify(execFile);
let directory: string;
let emulator: RunningEmulator;
const refusals: RefusedRequest[] = [];
const endedFiles: AttributeFile[] = [];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'tpe-sftp-'));
  emulator = await startEmulator(
    { pace: 'immediate', sftpPort: 0 },
    { on: { refused: (request) => refusals.push(request), fileEnded: (file) => endedFiles.push(file) } },
  );
  const { private: own, public: key } = sshKeyPair();
  writeFileSync(join(directory, 'key'), own, { mode: 0o600 });
  writeFileSync(join(directory, 'key.pub'), key);
  await emulator.customerAttributes.setSource('demo', 'crm', { password: 'secret', keys: [key] });
  writeFileSync(join(directory, 'known_hosts'), `${emulator.sftp!.knownHosts}\n`);
  writeFileSync(join(directory, 'crm.csv'), 'id,tier\nC-1,gold\n');
  writeFileSync(join(directory, 'crm.fin'), '');
});
afterAll(async () => {
  await emulator.close();
  rmSync(directory, { recursive: true, force: true });
});

const zipOf = (...names: readonly string[]) =>
  zipSync(Object.fromEntries(names.map((name) => [name, Buffer.from('id,age\nC-40,1\n')])));

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
  const line = sshKeyPair().public;
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
  ['../../x1.csv', 'failed'],
  ['/x2.csv', 'uploaded'],
  ['/etc/x3.csv', undefined],
  ['processed/x4.csv', undefined],
  ['a/b/x5.csv', undefined],
  ['failed/../../x6.csv', 'failed'],
  ['failed/../x7.csv', 'uploaded'],
])('ca-root: a path never leaves the root: %s', async (path, status) => {
  await openSsh(`-put crm.csv ${path}\n`);
  const found = emulator.customerAttributes.files('demo', 'crm').items.filter(({ name }) => path.endsWith(name));
  expect(found.map((file) => file.status)).toEqual(status === undefined ? [] : [status]);
});

test('ca-root: what was to lie above the root has failed, and control API, log, journal and the account say why', async () => {
  const before = emulator.journal.read().entries.length;
  const client = new SftpClient();
  await client.connect({ host: '127.0.0.1', port: emulator.sftp!.port, username: 'demo.crm', password: 'secret' });
  try {
    await client.put(Buffer.from('id,tier\nC-5,gold\n'), '/in.csv');
    const message = 'A path must not lead out of the root: "/../../../etc/cron.csv".';
    await expect(client.put(Buffer.from('id,tier\nC-5,gold\n'), '/../../../etc/cron.csv')).rejects.toThrow(message);
    await expect(client.rename('/in.csv', '/../moved.csv')).rejects.toThrow(/lead out of the root/);
    await expect(client.delete('/../in.csv')).rejects.toThrow(/lead out of the root/);
    const failure = { status: 'failed', bytes: 0, rows: 0, fault: { rule: 'ca-root', message } };
    const [moved, cron, kept] = emulator.customerAttributes.files('demo', 'crm').items;
    expect([moved, cron, kept]).toMatchObject([
      { name: 'moved.csv', status: 'failed' },
      { name: 'cron.csv', ...failure },
      { name: 'in.csv', status: 'uploaded' },
    ]);
    expect(endedFiles).toContainEqual(cron);
    expect(emulator.journal.read({ limit: 1_000 }).entries.slice(before)).toMatchObject([
      { method: 'FILE', path: '/crm/cron.csv', client: 'demo', cause: 'rule/ca-root' },
      { method: 'FILE', path: '/crm/moved.csv', client: 'demo', cause: 'rule/ca-root' },
      { method: 'SFTP', path: '/demo.crm', client: 'demo' },
    ]);
    expect((await client.list('/failed')).map(({ name }) => name)).toEqual(expect.arrayContaining(['cron.csv']));
    // A .fin above the root is none either.
    await expect(client.put(Buffer.from(''), '/../in.fin')).rejects.toThrow(/lead out of the root/);
    expect(statusOf('in.csv')).toBe('uploaded');
    // Whoever looks there sees the root, as in any other.
    expect(await client.realPath('/../..')).toBe('/');
    expect(await client.exists('/../processed')).toBe('d');
  } finally {
    await client.end();
  }
});

test.each([
  ['a value that is no integer', 'typed.csv', 'id,age\nC-40,1\nC-41,x\n', 'row 2: A value is no integer', 'ca-types'],
  ['an attribute that the schema has not', 'other.csv', 'id,tier\nC-40,gold\n', 'has no attribute "tier"', 'ca-types'],
  ['quotes doubled, as in other dialects', 'dialect.csv', 'id,age\nC-40,1\n"a""b",1\n', 'row 2: A quote', 'ca-quoting'],
  ['semicolons', 'semi.csv', 'id;age\nC-40;1\n', 'no attribute beside the customer id', 'ca-header'],
  ['an archive of two', 'two.csv.zip', zipOf('a.csv', 'b.csv'), 'holds several files', 'ca-file-csv'],
  ['a path with ..', 'out.csv.zip', zipOf('../../etc/x.csv'), 'leads out of it, "../../etc/x.csv"', 'ca-file-csv'],
])('%s, by OpenSSH: the file is in failed with the reason, and nothing of it is applied', async (...given) => {
  const [, name, content, reason, rule] = given;
  await emulator.customerAttributes.setSource('demo', 'ages', {
    attributes: [{ name: 'age', type: 'integer' }],
    keys: [readFileSync(join(directory, 'key.pub'), 'utf8')],
  });
  writeFileSync(join(directory, name), content);
  const fin = name.replace(/\.csv.*/, '.fin');
  await openSsh(`put ${name}\nput crm.fin ${fin}\n`, 'demo.ages');
  await emulator.drain();
  await expect.poll(() => endedFiles.at(-1)).toMatchObject({ name, status: 'failed', fault: { rule } });
  const { row, message } = endedFiles.at(-1)!.fault!;
  expect(row === undefined ? message : `row ${row}: ${message}`).toContain(reason);
  expect(await openSsh('ls -1 failed\nls -1 processed\n', 'demo.ages')).toMatch(
    new RegExp(`failed/${name}[^]*failed/${fin}[^]*processed\n$`),
  );
  expect(emulator.customerAttributes.record('demo', 'ages', 'C-40')).toBeUndefined();
  const { entries } = emulator.journal.read({ client: 'demo', operation: 'attributes', limit: 1_000 });
  expect(entries.at(-1)).toMatchObject({ method: 'FILE', path: `/ages/${name}`, cause: `rule/${rule}` });
});

test('ca-fin: a .fin that comes before its .csv fails alone, and the .csv waits for another', async () => {
  await openSsh('put crm.fin early.fin\nput crm.csv early.csv\n');
  await emulator.drain();
  expect([statusOf('early.fin'), statusOf('early.csv')]).toEqual(['failed', 'uploaded']);
  await openSsh('put crm.fin early.fin\n');
  await emulator.drain();
  expect(statusOf('early.csv')).toBe('processed');
});

test('who was not let in is told of once for each connection: in the log and in the journal, without what was typed', async () => {
  refusals.length = 0;
  const before = emulator.journal.read().entries.length;
  expect(await isLetIn({ username: 'demo.crm', password: 'a guess' })).toBe(false);
  expect(await isLetIn({ username: 'demo.nobody', password: 'a guess' })).toBe(false);
  expect(await isLetIn({ username: 'my secret', password: 'a guess' })).toBe(false);
  expect(await isLetIn({ username: 'demo.crm', privateKey: sshKeyPair().private })).toBe(false);
  expect(await isLetIn({ password: 'secret' })).toBe(true);
  await expect.poll(() => refusals.length).toBe(4);
  const cause = 'rule/ca-source';
  expect(refusals.toSorted((a, b) => (a.target + a.reason < b.target + b.reason ? -1 : 1))).toMatchObject([
    { method: 'SFTP', target: '***', client: undefined, cause, reason: expect.stringContaining('no such source') },
    { target: 'demo.crm', client: 'demo', reason: 'None of the keys is one of the source.' },
    { target: 'demo.crm', client: 'demo', reason: 'The password is wrong.' },
    { target: 'demo.nobody', client: undefined, cause },
  ]);
  const entries = emulator.journal.read({ limit: 1_000 }).entries.slice(before);
  expect(entries.map((entry) => entry.kind === 'request' && `${entry.method} ${entry.path}`).toSorted()).toEqual([
    'SFTP /***',
    'SFTP /demo.crm',
    'SFTP /demo.crm',
    'SFTP /demo.nobody',
  ]);
  expect(JSON.stringify([entries, refusals])).not.toMatch(/guess|my secret/);
});

test('OpenSSH tries what it has: a key that is not known and then the password leave no such line', async () => {
  refusals.length = 0;
  writeFileSync(join(directory, 'another'), sshKeyPair().private, { mode: 0o600 });
  const password = ['-e', 'sftp', ...options(), '-i', join(directory, 'another'), 'demo.crm@127.0.0.1'];
  const child = run('sshpass', password, { timeout: 20_000, env: { ...process.env, SSHPASS: 'secret' } });
  child.child.stdin?.end('ls\n');
  await child;
  expect(refusals).toEqual([]);
});

test('scp, which speaks SFTP, ends with 0', async () => {
  const login = optionsOf(`IdentityFile=${join(directory, 'key')}`, 'IdentitiesOnly=yes', 'BatchMode=yes');
  for (const name of ['crm.csv', 'crm.fin'])
    await run('scp', [...options(), ...login, name, `demo.crm@127.0.0.1:scp-${name}`], { cwd: directory });
  await emulator.drain();
  expect(statusOf('scp-crm.csv')).toBe('processed');
  // Over one that lies there, too.
  writeFileSync(join(directory, 'longer.csv'), 'id,tier\nC-1,platinum\n');
  for (const name of ['crm.csv', 'longer.csv', 'crm.csv', 'longer.csv'])
    await run('scp', [...options(), ...login, name, 'demo.crm@127.0.0.1:scp-over.csv'], { cwd: directory });
  expect(bytesOf('scp-over.csv')).toBe(21);
  const gone = run('scp', [...options(), ...login, 'crm.csv', 'demo.crm@127.0.0.1:a/b.csv'], { cwd: directory });
  await expect(gone).rejects.toMatchObject({ code: 1 });
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
  refusals.length = 0;
  await expect(ssh(['demo.crm@127.0.0.1', 'id'])).rejects.toThrow(/exec request failed|request failed/);
  await expect(ssh(['-s', 'demo.crm@127.0.0.1', 'netconf'])).rejects.toThrow(/subsystem request failed/);
  await expect(
    ssh(['-o', 'ExitOnForwardFailure=yes', '-R', '0:127.0.0.1:1', 'demo.crm@127.0.0.1', '-N']),
  ).rejects.toThrow(/forwarding failed/i);
  await expect(ssh(['-W', `127.0.0.1:${emulator.port}`, 'demo.crm@127.0.0.1'])).rejects.toThrow(/forwarding|failed/i);
  const asked = ['a command', 'a subsystem', 'forwarding', 'forwarding'];
  expect(refusals).toMatchObject(asked.map((what) => toldOf(what, /SFTP here and nothing else/)));
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

test.each([
  ['a buffer', (bytes: Buffer) => bytes],
  ['a stream', (bytes: Buffer) => Readable.from([bytes.subarray(0, 5_000_000), bytes.subarray(5_000_000)])],
])('ssh2-sftp-client puts %s of 10 MB in pieces of 256 KB, each of which it waits for', async (_, sourceOf) => {
  const client = new SftpClient();
  let pieces = 0;
  const debug = (line: string) => {
    if (/Outbound: \w+ WRITE/.test(line)) pieces += 1;
  };
  const login = { username: 'demo.crm', password: 'secret' };
  await client.connect({ host: '127.0.0.1', port: emulator.sftp!.port, ...login, debug });
  try {
    await client.put(sourceOf(Buffer.alloc(10_000_000, 'id,tier\n')), '/ten.csv');
    expect(emulator.customerAttributes.files('demo', 'crm').items[0]).toMatchObject({ bytes: 10_000_000 });
    expect(pieces).toBeLessThanOrEqual(42);
    await client.delete('/ten.csv');
  } finally {
    await client.end();
  }
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

/** A session of `ssh2`, whose opening modes are those of Node's `fs.open`. */
async function withSftp(work: (sftp: ssh2.SFTPWrapper) => Promise<void>): Promise<void> {
  const client = new ssh2.Client();
  const ready = once(client, 'ready');
  client.connect({ host: '127.0.0.1', port: emulator.sftp!.port, username: 'demo.crm', password: 'secret' });
  await ready;
  try {
    await work(await promisify<ssh2.SFTPWrapper>((done) => client.sftp(done))());
  } finally {
    client.end();
  }
}

const written = (sftp: ssh2.SFTPWrapper, name: string, flags: ssh2.OpenMode, text: string) =>
  finished(sftp.createWriteStream(`/${name}`, { flags }).end(text));
const bytesOf = (name: string) =>
  emulator.customerAttributes.files('demo', 'crm').items.find((file) => file.name === name)?.bytes;
const toldOf = (what: string, reason: RegExp) => ({
  method: 'SFTP',
  client: 'demo',
  target: `demo.crm ${what}`,
  status: undefined,
  reason: expect.stringMatching(reason) as string,
});

test.each(['a', 'ax', 'a+', 'r+', 'wx'] as const)(
  'what lies in the root is not opened with %s, of which the new part alone would be left; the log says why',
  (mode) =>
    withSftp(async (sftp) => {
      const name = `append-${mode.replace('+', 'p')}.csv`;
      await written(sftp, name, 'w', 'id,tier\nC-60,gold\n');
      refusals.length = 0;
      const before = emulator.journal.read({ limit: 1_000 }).entries.length;
      await expect(written(sftp, name, mode, 'C-61,tin\n')).rejects.toThrow(/is appended to it: upload the whole file/);
      expect(refusals).toMatchObject([toldOf(`OPEN ${name}`, /nothing is appended/)]);
      const entries = emulator.journal.read({ limit: 1_000 }).entries.slice(before);
      expect(entries).toMatchObject([{ method: 'SFTP', path: '/demo.crm', client: 'demo' }]);
      expect(bytesOf(name)).toBe(18);
      await written(sftp, name, 'w', 'id,tier\nC-60,tin\n');
      expect(bytesOf(name)).toBe(17);
    }),
);

test('a name that is new may be opened for appending, and takes the place of no file that has come since', () =>
  withSftp(async (sftp) => {
    await written(sftp, 'fresh.csv', 'a', 'id,tier\nC-62,gold\n');
    expect(bytesOf('fresh.csv')).toBe(18);
    const slow = sftp.createWriteStream('/meanwhile.csv', { flags: 'a' });
    await once(slow, 'open');
    await written(sftp, 'meanwhile.csv', 'w', 'id,tier\nC-63,silver\n');
    refusals.length = 0;
    await expect(finished(slow.end('id,tier\n'))).rejects.toThrow(/nothing is appended/);
    expect(refusals).toMatchObject([toldOf('CLOSE meanwhile.csv', /nothing is appended/)]);
    expect(bytesOf('meanwhile.csv')).toBe(20);
  }));

test('whatever is not done at the SFTP door leaves a line', () =>
  withSftp(async (sftp) => {
    await written(sftp, 'line.csv', 'w', 'id,tier\n');
    refusals.length = 0;
    const fails = (work: (done: (error?: Error | null) => void) => void) => expect(promisify(work)()).rejects.toThrow();
    await fails((done) => sftp.mkdir('/new', done));
    await fails((done) => sftp.rmdir('/failed', done));
    await fails((done) => sftp.symlink('/line.csv', '/link.csv', done));
    await fails((done) => sftp.open('/line.csv', 'r', done));
    await fails((done) => sftp.open('/new/line.csv', 'w', done));
    await fails((done) => sftp.rename('/line.csv', '/failed/line.csv', done));
    await fails((done) => sftp.rename('/line.csv', '/fresh.csv', done));
    await expect(finished(sftp.createWriteStream('/holed.csv', { start: 10 }).end('late'))).rejects.toThrow();
    expect(refusals).toMatchObject([
      ...['MKDIR', 'RMDIR', 'SYMLINK'].map((what) => toldOf(what, /nothing else is done/)),
      toldOf('OPEN line.csv', /not given back/),
      toldOf('OPEN line.csv', /no such folder/),
      toldOf('RENAME line.csv', /only within the root/),
      toldOf('RENAME line.csv', /a file of the new name/),
      toldOf('CLOSE holed.csv', /A piece of it is missing/),
    ]);
  }));

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
  await expect.poll(() => refusals.at(-1)).toMatchObject(toldOf('WRITE cut.csv', /ended before the file did/));
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

test('a host key that ssh2 makes and cannot read is not kept', async () => {
  const made: string[] = [];
  const make = ssh2.utils.generateKeyPairSync;
  const spy = vi.spyOn(ssh2.utils, 'generateKeyPairSync').mockImplementation((type: 'ed25519') => {
    const pair = make(type);
    const key = made.length < 3 ? pair.private.replace(/\n.{20}/, '\n') : pair.private;
    made.push(key);
    return { ...pair, private: key };
  });
  const open = await startEmulator({ sftpPort: 0 });
  spy.mockRestore();
  expect(made.length).toBeGreaterThan(3);
  await open.close();
});
