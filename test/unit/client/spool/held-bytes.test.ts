import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { HeldBytes, BUFFER_BYTES } from '../../../../src/client/spool/held-bytes.ts';
import { namedFiles } from '../../../../src/client/spool/private-directory.ts';
import { collect } from '../support.ts';

async function setUp() {
  const parent = await mkdtemp(join(tmpdir(), 'tpe-test-'));
  onTestFinished(() => rm(parent, { recursive: true }));
  const spool = namedFiles(parent);
  const files = () => readdir(parent);
  return { held: new HeldBytes(spool, 'held'), files };
}

const read = async (held: HeldBytes) => Buffer.concat(await collect(held.read()));

describe('held bytes', () => {
  it('stay in memory while they fill no buffer', async () => {
    const { held, files } = await setUp();
    await held.add(Buffer.alloc(BUFFER_BYTES, 'a'));
    expect(await files()).toEqual([]);
    expect((await read(held)).equals(Buffer.alloc(BUFFER_BYTES, 'a'))).toBe(true);
    await held.add(Buffer.from('b'));
    expect(await files()).toEqual(['held']);
  });

  it('can be read as often as needed, in their order', async () => {
    const { held } = await setUp();
    const all: Buffer[] = [];
    for (let index = 0; index < 40; index += 1) {
      const bytes = Buffer.alloc(BUFFER_BYTES / 16 + index, index);
      all.push(bytes);
      await held.add(bytes);
    }
    all.push(Buffer.alloc(BUFFER_BYTES + 1, 'x'), Buffer.from('end'));
    for (const bytes of all.slice(-2)) await held.add(bytes);
    const total = Buffer.concat(all);
    for (let time = 0; time < 2; time += 1) expect((await read(held)).equals(total)).toBe(true);
    await held.settle();
    expect((await read(held)).equals(total)).toBe(true);
  });

  it('are gone once dropped', async () => {
    const { held, files } = await setUp();
    await held.add(Buffer.alloc(BUFFER_BYTES));
    await held.add(Buffer.from('a'));
    await held.drop();
    expect(await files()).toEqual([]);
    expect(await read(held)).toEqual(Buffer.alloc(0));
  });
});
