/** A folder in place of an SFTP account: what lies there with its .fin is taken and moved, and nothing else is touched. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runCommandLine } from '../../src/cli/command-line.ts';
import { createEmulator, type Emulator, virtualClock } from '../../src/server/index.ts';
import { openFileStore } from '../../src/server/jobs/open-store.ts';
import { fakeContext } from '../unit/cli/fake-context.ts';

const clock = virtualClock(1_000_000);
let directory: string;
let drop: string;
let account: string;
let emulator: Emulator;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'tpe-drop-'));
  drop = join(directory, 'drop');
  account = join(drop, 'demo.crm');
  emulator = await createEmulator({ pace: 'immediate' }, { clock });
  await emulator.customerAttributes.setSource('demo', 'crm', { password: 'secret' });
  // The first call makes the folder ours.
  expect(await emulator.takeFiles(drop)).toEqual([]);
  mkdirSync(account);
});
afterEach(async () => {
  await emulator.close();
  rmSync(directory, { recursive: true, force: true });
});

const put = (name: string, content: string | Uint8Array = '', folder = account) =>
  writeFileSync(join(folder, name), content);
const record = (id: string) =>
  emulator.customerAttributes.record('demo', 'crm', id)?.attributes.map(({ value }) => value);
const take = async () => (await emulator.takeFiles(drop)).map(({ name, status }) => `${name} ${status}`);

test('ca-fin, ca-processed: nothing happens before the .fin, then both are in processed', async () => {
  put('crm.csv', 'id,tier\nC-1,gold\n');
  expect(await take()).toEqual([]);
  expect(record('C-1')).toBeUndefined();
  put('crm.fin');
  expect(await take()).toEqual(['crm.csv processed']);
  expect(record('C-1')).toEqual(['gold']);
  expect(readdirSync(account)).toEqual(['processed']);
  expect(readdirSync(join(account, 'processed'))).toEqual(['crm.csv', 'crm.fin']);
  expect(await take()).toEqual([]);
});

test('ca-file-csv: archives are taken as by SFTP', async () => {
  put('crm.csv.gz', gzipSync('id,tier\nC-1,gold\n'));
  put('crm.fin');
  expect(await take()).toEqual(['crm.csv.gz processed']);
  expect(record('C-1')).toEqual(['gold']);
});

test.each([
  [
    'unequal fields',
    { 'crm.csv': 'id,a\nC-1,1,2\n', 'crm.fin': '' },
    'row 1: The row has 3 fields, the header row 2. (ca-columns-equal)\n',
  ],
  [
    'a header row with one name twice',
    { 'crm.csv': 'id,a,a\nC-1,1,2\n', 'crm.fin': '' },
    'header row: The attribute "a" stands there twice. (ca-header)\n',
  ],
  [
    'a .fin without a file',
    { 'crm.fin': '' },
    'There is no .csv, .csv.gz or .csv.zip in the root for crm.fin. (ca-fin)\n',
  ],
  [
    'two that could be meant',
    { 'crm.csv': 'id,a\n', 'crm.csv.gz': 'x', 'crm.fin': '' },
    'Several files have this name: the .fin says not which is meant. (ca-fin-name)\n',
  ],
])('%s: all of it is in failed, with the reason', async (_, files, reason) => {
  for (const [name, content] of Object.entries(files)) put(name, content);
  expect(await emulator.takeFiles(drop)).toMatchObject([{ status: 'failed' }]);
  expect(readdirSync(account)).toEqual(['failed']);
  expect(readdirSync(join(account, 'failed'))).toEqual([...Object.keys(files), 'crm.fin.txt']);
  expect(readFileSync(join(account, 'failed', 'crm.fin.txt'), 'utf8')).toBe(reason);
});

test('a second file of one name leaves the first where it is', async () => {
  for (const tier of ['gold', 'silver']) {
    put('crm.csv', `id,tier\nC-1,${tier}\n`);
    put('crm.fin');
    await take();
  }
  expect(record('C-1')).toEqual(['silver']);
  const [first, ...others] = [
    'crm.csv',
    ...readdirSync(join(account, 'processed')).filter((name) => /^\d+-crm\.csv$/.test(name)),
  ];
  expect(readFileSync(join(account, 'processed', first), 'utf8')).toContain('gold');
  expect(others).toHaveLength(1);
});

test('a symbolic link is no file and no folder, and what it points at stays', async () => {
  const secret = join(directory, 'secret.csv');
  writeFileSync(secret, 'id,tier\nC-1,gold\n');
  symlinkSync(secret, join(account, 'crm.csv'));
  symlinkSync(account, join(drop, 'demo.shop'));
  await emulator.customerAttributes.setSource('demo', 'shop', { password: 'secret' });
  put('crm.fin');
  expect(await take()).toEqual(['crm.fin failed']);
  expect(record('C-1')).toBeUndefined();
  expect(existsSync(secret)).toBe(true);
  expect(emulator.customerAttributes.files('demo', 'shop').items).toEqual([]);
});

test("what is nobody's account, or has no .fin, is left as it is", async () => {
  const other = join(drop, 'demo.nobody');
  mkdirSync(other);
  put('crm.csv', 'id,tier\nC-1,gold\n', other);
  put('crm.fin', '', other);
  put('notes.txt', 'mine');
  expect(await take()).toEqual([]);
  expect(readdirSync(other)).toEqual(['crm.csv', 'crm.fin']);
  expect(readdirSync(account)).toEqual(['notes.txt']);
});

test('a folder that holds what is not ours is refused, and left as it was', async () => {
  const home = join(directory, 'home');
  mkdirSync(home);
  put('diary.txt', 'mine', home);
  await expect(emulator.takeFiles(home)).rejects.toMatchObject({ code: 'folder-unusable' });
  expect(readdirSync(home)).toEqual(['diary.txt']);
  symlinkSync(home, join(directory, 'link'));
  await expect(emulator.takeFiles(join(directory, 'link'))).rejects.toMatchObject({ code: 'folder-unusable' });
});

test('ca-cadence: what waits for its turn stays, is taken once, and is moved by a later call', async () => {
  await emulator.setSettings('demo', { attributeFiles: 'half-hourly' });
  put('crm.csv', 'id,tier\nC-1,gold\n');
  put('crm.fin');
  expect([await take(), await take()]).toEqual([[], []]);
  expect(emulator.customerAttributes.files('demo', 'crm').items).toHaveLength(1);
  await emulator.advance(60_000);
  expect(await take()).toEqual(['crm.csv processed']);
  expect(readdirSync(account)).toEqual(['processed']);
});

test('another that is put in its place while the first waits is taken after it, and none is moved unread', async () => {
  await emulator.setSettings('demo', { attributeFiles: 'half-hourly' });
  put('crm.csv', 'id,tier\nC-1,gold\n');
  put('crm.fin');
  expect(await take()).toEqual([]);
  rmSync(join(account, 'crm.csv'));
  put('crm.csv', 'id,tier\nC-1,grey\n');
  put('crm.csv.gz', 'without a .fin yet');
  await emulator.advance(60_000);
  expect(await take()).toEqual([]);
  expect(record('C-1')).toEqual(['gold']);
  expect(readdirSync(account)).toEqual(['crm.csv', 'crm.csv.gz', 'crm.fin']);
  rmSync(join(account, 'crm.csv.gz'));
  expect(await take()).toEqual([]);
  await emulator.advance(30 * 60_000);
  expect(await take()).toEqual(['crm.csv processed']);
  expect(record('C-1')).toEqual(['grey']);
  expect(readdirSync(account)).toEqual(['processed']);
});

test('what came beside it while it waited stays, for it was not read', async () => {
  await emulator.setSettings('demo', { attributeFiles: 'half-hourly' });
  put('crm.csv', 'id,tier\nC-1,gold\n');
  put('crm.fin');
  expect(await take()).toEqual([]);
  put('crm.csv.gz', 'unread');
  await emulator.advance(60_000);
  expect(await take()).toEqual(['crm.csv processed']);
  expect(readdirSync(account)).toEqual(['crm.csv.gz', 'processed']);
});

test('an account that cannot be taken does not stop the others, and is told of', async () => {
  await emulator.customerAttributes.setSource('demo', 'shop', { password: 'secret' });
  const shop = join(drop, 'demo.shop');
  mkdirSync(shop);
  for (const folder of [account, shop]) {
    put('crm.csv', 'id,tier\nC-1,gold\n', folder);
    put('crm.fin', '', folder);
  }
  put('processed', 'a file');
  await expect(emulator.takeFiles(drop)).rejects.toMatchObject({ code: 'folder-unusable' });
  expect(readdirSync(shop)).toEqual(['processed']);
  rmSync(join(account, 'processed'));
  expect(await take()).toEqual(['crm.csv processed']);
  expect(emulator.customerAttributes.files('demo', 'crm').items).toHaveLength(1);
});

test('calls at the same time take a file once', async () => {
  put('crm.csv', 'id,tier\nC-1,gold\n');
  put('crm.fin');
  const both = await Promise.all([take(), take()]);
  expect(both.flat()).toEqual(['crm.csv processed']);
});

test('tpe serve --watch-attributes takes what is dropped while it runs, and goes on after what it cannot take', async () => {
  const context = { ...fakeContext(), directory };
  writeFileSync(join(directory, 'tpe.config.json'), JSON.stringify({ sources: { demo: { crm: { password: 'x' } } } }));
  const watched = join(directory, 'watched');
  mkdirSync(watched);
  const ended = runCommandLine(
    ['serve', '--memory', '--port', '0', '--log', 'json', '--watch-attributes', 'watched'],
    context,
  );
  await expect.poll(context.printed).toContain('"listening"');
  const root = join(watched, 'demo.crm');
  mkdirSync(root);
  put('crm.csv', 'id,tier\nC-1,gold\n', root);
  put('crm.fin', '', root);
  await expect.poll(() => existsSync(join(root, 'processed', 'crm.fin'))).toBe(true);
  // The mark is gone: it is ours no more, until it is back.
  const mark = join(watched, '.tpe-attributes');
  const text = readFileSync(mark);
  rmSync(mark);
  await expect.poll(context.printed).toContain('holds what is not ours');
  put('two.csv', 'id,tier\nC-2\n', root);
  put('two.fin', '', root);
  writeFileSync(mark, text);
  await expect.poll(() => existsSync(join(root, 'failed', 'two.fin.txt'))).toBe(true);
  expect(context.printed()).toMatch(/"event":"file".*"status":"failed"/);
  context.interrupt();
  expect(await ended).toBe(0);
});

test('tpe serve says which folder it cannot take, and what to type instead', async () => {
  put('diary.txt', 'mine', directory);
  const context = { ...fakeContext(), directory };
  expect(await runCommandLine(['serve', '--memory', '--port', '0', '--watch-attributes', '.'], context)).toBe(2);
  expect(context.complained()).toContain('--watch-attributes ANOTHER_DIRECTORY');
});

test('what an earlier process has taken and had not ended is applied once, and moved', async () => {
  const open = () =>
    createEmulator(
      { attributeFiles: 'half-hourly' },
      { clock, drive: 'by-hand', store: openFileStore(join(directory, 'data'), { writer: 'inline' }) },
    );
  const earlier = await open();
  await earlier.customerAttributes.setSource('demo', 'crm', { password: 'secret' });
  put('crm.csv', 'id,tier\nC-1,gold\n');
  put('crm.fin');
  expect(await earlier.takeFiles(drop)).toEqual([]);
  await earlier.close();
  await using later = await open();
  expect(await later.takeFiles(drop)).toEqual([]);
  clock.advance(60 * 60_000);
  await later.drain();
  expect((await later.takeFiles(drop)).map(({ status }) => status)).toEqual(['processed']);
  expect(later.customerAttributes.files('demo', 'crm').items).toHaveLength(1);
  expect(readdirSync(account)).toEqual(['processed']);
});

test.each(['before it was moved', 'between the two moves'])(
  'what an earlier process has applied is moved and not applied again, where it ended %s; a new one is taken',
  async (when) => {
    put('crm.csv', 'id,tier\nC-1,gold\n');
    put('crm.fin');
    const now = virtualClock(Date.now());
    const open = () =>
      createEmulator(
        { attributeFiles: 'half-hourly' },
        { clock: now, drive: 'by-hand', store: openFileStore(join(directory, 'data'), { writer: 'inline' }) },
      );
    const files = ({ customerAttributes }: Emulator) => customerAttributes.files('demo', 'crm').items;
    const earlier = await open();
    await earlier.customerAttributes.setSource('demo', 'crm', { password: 'secret' });
    expect(await earlier.takeFiles(drop)).toEqual([]);
    now.advance(60_000);
    await earlier.drain();
    expect(files(earlier)).toMatchObject([{ status: 'processed' }]);
    await earlier.close();
    if (when === 'between the two moves') rmSync(join(account, 'crm.csv'));
    const later = await open();
    expect((await later.takeFiles(drop)).map(({ status }) => status)).toEqual(['processed']);
    expect(files(later)).toHaveLength(1);
    expect(readdirSync(account)).toEqual(['processed']);
    await later.close();
    // Put in while no process ran: of the same size, and newer than what was received.
    await new Promise((resolve) => setTimeout(resolve, 20));
    put('crm.csv', 'id,tier\nC-1,grey\n');
    put('crm.fin');
    await using last = await open();
    await last.takeFiles(drop);
    expect(files(last)).toHaveLength(2);
  },
);
