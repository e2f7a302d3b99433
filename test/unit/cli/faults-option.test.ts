/** Faults to start with. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readFaults } from '../../../src/cli/starting-state.ts';

async function fileOf(text: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'tpe-faults-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const path = join(directory, 'faults.json');
  await writeFile(path, text);
  return path;
}

const asFile = { how: 'from a file', given: fileOf };
const asJson = { how: 'as JSON', given: async (text: string) => text };

describe.each([asFile, asJson])('faults given $how', ({ given }) => {
  it('are read with their defaults', async () => {
    expect(await readFaults(await given(' {"stuck": {"probability": 0.5}}'))).toEqual({
      stuck: { on: ['submit'], probability: 0.5, per: 'client', afterRows: 0 },
    });
    expect(await readFaults(await given('{}'))).toEqual({});
  });

  it('may begin with a byte order mark', async () => {
    expect(await readFaults(await given('\uFEFF{}'))).toEqual({});
  });

  it('are refused as invalid input, with each wrong place named', async () => {
    const wrong = '{"status": {"code": 200, "on": ["submit", "eat"]}, "thunder": {}, "latency": {"m s": 1}}';
    await expect(readFaults(await given(wrong))).rejects.toMatchObject({
      reason: 'invalidInput',
      code: 'bad-faults',
      message: expect.stringMatching(
        /: status\.on\[1\]: .*; status\.code: .*; latency\.m s: .*; thunder: There is no such field/,
      ),
    });
    await expect(readFaults(await given('{'))).rejects.toMatchObject({
      reason: 'invalidInput',
      message: expect.stringContaining('it is not JSON'),
    });
  });
});

it('faults in a file that is no object, or not there, are refused too', async () => {
  await expect(readFaults(await fileOf('[]'))).rejects.toMatchObject({ reason: 'invalidInput' });
  await expect(readFaults('no-such-file.json')).rejects.toMatchObject({ code: 'ENOENT' });
});
