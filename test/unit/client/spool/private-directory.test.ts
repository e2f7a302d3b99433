import { existsSync, readdirSync, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SpoolError } from '../../../../src/client/index.ts';
import { privateDirectory } from '../../../../src/client/spool/private-directory.ts';
import { collect } from '../support.ts';

async function setUp() {
  const parent = await mkdtemp(join(tmpdir(), 'tpe-test-'));
  onTestFinished(() => rm(parent, { recursive: true, force: true }));
  return { parent, directory: privateDirectory(parent) };
}

describe('a private directory', () => {
  it('gives back what was put in, and is gone when removed', async () => {
    const { parent, directory } = await setUp();
    const path = await directory.create('part-1');
    await directory.append(path, Buffer.from('a'));
    await directory.append(path, Buffer.from('b'));
    expect(Buffer.concat(await collect(directory.read(path))).toString()).toBe('ab');
    await directory.delete(path);
    expect(readdirSync(dirname(path))).toEqual(['owner']);
    await directory.remove();
    expect(readdirSync(parent)).toEqual([]);
  });

  it('is gone too when the process ends without waiting, and asks nothing of the process once removed', async () => {
    const { directory } = await setUp();
    const before = new Set(process.listeners('exit'));
    const path = await directory.create('part-1');
    const added = process.listeners('exit').filter((listener) => !before.has(listener));
    expect(added).toHaveLength(1);
    added[0]!(0);
    expect(existsSync(dirname(path))).toBe(false);
    await directory.remove();
    expect(process.listeners('exit')).not.toContain(added[0]);
  });

  it('says so when it cannot be read or written, and blames nobody else', async () => {
    const { directory } = await setUp();
    const path = await directory.create('part-1');
    rmSync(dirname(path), { recursive: true });
    await expect(collect(directory.read(path))).rejects.toThrow(SpoolError);
    await expect(directory.append(path, Buffer.from('a'))).rejects.toThrow(SpoolError);
    await directory.remove();
  });
});
