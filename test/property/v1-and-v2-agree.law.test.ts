import fc from 'fast-check';
import { expect } from 'vitest';
import { validBatchFile } from '../../src/sim/index.ts';
import type { BatchFile, Port } from '../../src/sim/index.ts';
import { lawUnderEveryReading } from './law.ts';
import { idsOf, snapshot } from './snapshot.ts';
import { withClient } from './world.ts';

lawUnderEveryReading(
  'v1-merge-keys, v2-upsert: v1 and v2 leave existing profiles alike when nothing is pending, and v1 leaves no others',
  fc.record({ seeds: validBatchFile(), file: validBatchFile() }),
  async ({ seeds, file }, settings) => {
    const [byV1, byV2, existing] = await withClient(settings, async (client, { port }) => {
      await prepare(client, port, seeds);
      const before = await idsWithProfile(client, port, [seeds, file]);
      await port.submit(client, 'v1', file.bytes);
      await port.apply(client, 'all');
      const v1 = await snapshot(client, port, [seeds, file]);
      const v2 = await withClient(settings, async (other) => {
        await prepare(other, port, seeds);
        await port.submit(other, 'v2', file.bytes);
        await port.apply(other, 'all');
        return snapshot(other, port, [seeds, file]);
      });
      return [v1, v2, before] as const;
    });
    const isExisting = (line: string) => existing.includes(JSON.stringify((JSON.parse(line) as string[]).slice(0, 2)));
    expect(byV1.filter((line) => !isExisting(line))).toEqual([]);
    expect(byV2.filter(isExisting)).toEqual(byV1);
  },
  { where: ({ consecutiveV2 }) => consecutiveV2 !== 'replace-record' },
);

/** Profiles, and a visit to each, so that nothing is pending. */
async function prepare(client: string, port: Port, seeds: BatchFile): Promise<void> {
  await port.submit(client, 'v2', seeds.bytes);
  await port.apply(client, 'all');
  for (const { kind, value } of idsOf([seeds])) {
    if (kind === 'thirdPartyId' && (await port.profile(client, { kind, value })) !== undefined) {
      await port.visit(client, { pcId: undefined, thirdPartyId: value });
    }
  }
}

async function idsWithProfile(client: string, port: Port, files: readonly BatchFile[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const id of idsOf(files)) {
    if ((await port.profile(client, id)) !== undefined) found.push(JSON.stringify([id.kind, id.value]));
  }
  return found;
}
