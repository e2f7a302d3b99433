/** Files of CRM rows: nameless ones that die with their process, and those of a job's folder. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { namedFiles, namelessFiles } from '../../../../src/client/spool/private-directory.ts';
import { collect } from '../support.ts';

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'tpe-test-'));
});
afterEach(() => rm(parent, { recursive: true }));

const textOf = async (chunks: AsyncIterable<Uint8Array>) => Buffer.concat(await collect(chunks)).toString();

describe('nameless files', () => {
  it('hold what is appended, as often as it is read, where nobody sees them', async () => {
    const files = namelessFiles(parent);
    const file = 'part-1';
    await files.create(file);
    for (const text of ['a', 'b', 'c']) await files.append(file, Buffer.from(text));
    expect(await readdir(parent)).toEqual([]);
    expect(await textOf(files.read(file))).toBe('abc');
    await files.append(file, Buffer.from('d'));
    expect(await textOf(files.read(file))).toBe('abcd');
    await files.remove();
  });

  it('leave nothing where their process is killed', async () => {
    const url = new URL('../../../../src/client/spool/private-directory.ts', import.meta.url).href;
    const script = `
      const files = (await import(${JSON.stringify(url)})).namelessFiles(${JSON.stringify(parent)});
      await files.create('x');
      await files.append('x', Buffer.from('secret'));
      process.kill(process.pid, 'SIGKILL');`;
    const run = promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
    await expect(run).rejects.toMatchObject({ signal: 'SIGKILL' });
    expect(await readdir(parent)).toEqual([]);
  });

  it('are refused in words where there is no place for them', async () => {
    const files = namelessFiles(join(parent, 'none'));
    await expect(files.create('x')).rejects.toThrow(expect.objectContaining({ code: 'spool-unusable' }));
  });
});

describe('the files of a folder', () => {
  it('can be read by their owner alone, and go one by one', async () => {
    const folder = join(parent, 'job');
    await mkdir(folder);
    const files = namedFiles(folder);
    const path = join(folder, 'part-1');
    await files.create('part-1');
    await files.append('part-1', Buffer.from('abc'));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await textOf(files.read('part-1'))).toBe('abc');
    await expect(files.create('part-1')).rejects.toThrow(expect.objectContaining({ code: 'spool-unusable' }));
    await files.delete('part-1');
    expect(await readdir(folder)).toEqual([]);
  });
});
