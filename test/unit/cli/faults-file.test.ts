/** Faults to start with. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readFaultsFile } from '../../../src/cli/faults-file.ts';

async function fileOf(text: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'tpe-faults-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const path = join(directory, 'faults.json');
  await writeFile(path, text);
  return path;
}

it('are read with their defaults', async () => {
  expect(await readFaultsFile(await fileOf('{"stuck": {"probability": 0.5}}'))).toEqual({
    stuck: { on: ['submit'], probability: 0.5, per: 'client', afterRows: 0 },
  });
});

it('are refused as invalid input, with the place named', async () => {
  await expect(readFaultsFile(await fileOf('{"status": {"code": 200}}'))).rejects.toMatchObject({
    reason: 'invalidInput',
    message: expect.stringContaining('status.code'),
  });
  await expect(readFaultsFile(await fileOf('{'))).rejects.toMatchObject({ reason: 'invalidInput' });
});
