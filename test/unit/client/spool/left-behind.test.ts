/** What a killed upload leaves is taken away by the next one; what is anybody else's stays. */
import { spawn, spawnSync } from 'node:child_process';
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
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { signDirectory } from '../../../../src/client/spool/left-behind.ts';
import { privateDirectory } from '../../../../src/client/spool/private-directory.ts';

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'tpe-left-'));
});
afterEach(() => {
  rmSync(parent, { recursive: true, force: true });
});

const owner = (pid: number, host = hostname()) => `${pid} ${host} target-profile-emulator\n`;
/** Of a process that has ended. */
const dead = () => spawnSync(process.execPath, ['-e', '']).pid;

function left(name: string, ownerText: string | undefined): string {
  const directory = join(parent, name);
  mkdirSync(directory);
  writeFileSync(join(directory, 'rows'), 'C-1,jane@example.com');
  if (ownerText !== undefined) writeFileSync(join(directory, 'owner'), ownerText);
  return directory;
}

it('rows of a process that was killed are gone after the next upload, which needs no directory of its own', async () => {
  left('tpe-upload-aaaaaa', owner(dead()));
  await privateDirectory(parent).remove();
  expect(readdirSync(parent)).toEqual([]);
});

it('a process that is killed while it uploads leaves a directory that is signed, and that the next one clears', async () => {
  const directory = left('tpe-upload-bbbbbb', undefined);
  const living = spawn(process.execPath, ['-e', 'process.stdin.resume()']);
  await signDirectory(directory);
  expect(readFileSync(join(directory, 'owner'), 'utf8')).toBe(owner(process.pid));
  writeFileSync(join(directory, 'owner'), owner(living.pid!));
  await privateDirectory(parent).remove();
  expect(readdirSync(parent)).toEqual(['tpe-upload-bbbbbb']);
  const ended = new Promise((done) => living.once('exit', done));
  living.kill('SIGKILL');
  await ended;
  await privateDirectory(parent).remove();
  expect(readdirSync(parent)).toEqual([]);
});

it.each([
  ['has no signature', undefined],
  ['is signed on another machine, or in a container', owner(dead(), 'elsewhere')],
  ['is signed in other words', `${dead()} somebody\n`],
  ['belongs to a process that lives', owner(process.pid)],
])('a directory that %s stays', async (_, ownerText) => {
  const directory = left('tpe-upload-cccccc', ownerText);
  await privateDirectory(parent).remove();
  expect(readdirSync(directory)).toContain('rows');
});

it('a link of such a name, a file, and a name that is only like it stay, and so does what the link leads to', async () => {
  const elsewhere = left('elsewhere', owner(dead()));
  symlinkSync(elsewhere, join(parent, 'tpe-upload-dddddd'));
  writeFileSync(join(parent, 'tpe-upload-eeeeee'), 'theirs');
  left('tpe-upload-of-mine', owner(dead()));
  await privateDirectory(parent).remove();
  expect(readdirSync(parent).toSorted()).toEqual([
    'elsewhere',
    'tpe-upload-dddddd',
    'tpe-upload-eeeeee',
    'tpe-upload-of-mine',
  ]);
  expect(readdirSync(elsewhere)).toContain('rows');
});

it('a directory made now is signed, and gone when the upload is over', async () => {
  const spool = privateDirectory(parent);
  const path = await spool.create('rows');
  expect(existsSync(path)).toBe(true);
  const [name] = readdirSync(parent);
  expect(readFileSync(join(parent, name!, 'owner'), 'utf8')).toBe(owner(process.pid));
  await spool.remove();
  expect(readdirSync(parent)).toEqual([]);
});
