/** A folder of customer attributes whose account goes, and comes again, while a file of it waits for its turn. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createEmulator } from '../../src/server/index.ts';

async function opened() {
  const folder = mkdtempSync(join(tmpdir(), 'tpe-drop-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const emulator = await createEmulator({ pace: 'immediate' });
  onTestFinished(() => emulator.close());
  const watched = join(folder, 'drop');
  await emulator.takeFiles(watched);
  const account = join(watched, 'demo.crm');
  mkdirSync(account);
  const put = (name: string, text = '') => writeFileSync(join(account, name), text);
  const make = async () => {
    await emulator.customerAttributes.setSource('demo', 'crm');
    await emulator.setSettings('demo', { attributeFiles: 'half-hourly' });
  };
  await make();
  return { emulator, account, put, make, take: () => emulator.takeFiles(watched) };
}

it('a file whose client code was dropped stays where it is, and is taken for the next life of that code', async () => {
  const { emulator, account, put, make, take } = await opened();
  put('crm.csv', 'id,tier\nC-1,gold\n');
  put('crm.fin');
  expect(await take()).toEqual([]);
  expect(emulator.customerAttributes.files('demo', 'crm').items).toMatchObject([{ status: 'waiting' }]);
  await emulator.dropClient('demo');
  expect(await take()).toEqual([]);
  expect(readdirSync(account).toSorted()).toEqual(['crm.csv', 'crm.fin']);

  await make();
  expect(await take()).toEqual([]);
  await emulator.advance(31 * 60_000);
  expect(await take()).toMatchObject([{ name: 'crm.csv', status: 'processed' }]);
  expect(readdirSync(join(account, 'processed')).toSorted()).toEqual(['crm.csv', 'crm.fin']);
});

it('ca-fin: a .fin of no file is among the failed, with the reason beside it, and is not taken again', async () => {
  const { account, put, take, emulator } = await opened();
  put('crm.fin');
  expect(await take()).toMatchObject([{ name: 'crm.fin', status: 'failed', fault: { rule: 'ca-fin' } }]);
  expect(readdirSync(join(account, 'failed')).toSorted()).toEqual(['crm.fin', 'crm.fin.txt']);
  expect(existsSync(join(account, 'crm.fin'))).toBe(false);
  expect(await take()).toEqual([]);
  expect(emulator.customerAttributes.files('demo', 'crm').items).toHaveLength(1);
});

it('ca-fin: a folder or a link called .csv is no file of it', async () => {
  const { account, put, take } = await opened();
  mkdirSync(join(account, 'crm.csv'));
  put('crm.fin');
  expect(await take()).toMatchObject([{ status: 'failed', fault: { rule: 'ca-fin' } }]);
  expect(existsSync(join(account, 'crm.csv'))).toBe(true);
});
