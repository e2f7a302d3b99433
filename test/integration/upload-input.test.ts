/** Inputs of real life, all the way into profiles. */
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createUploader, type UploaderOptions, type UploadSource } from '../../src/client/index.ts';
import { createEmulator } from '../../src/server/index.ts';

async function uploaded(source: UploadSource, options: Partial<UploaderOptions> = {}) {
  const emulator = await createEmulator({ pace: 'immediate' });
  onTestFinished(() => emulator.close());
  const uploader = createUploader({
    endpoint: 'http://localhost',
    client: 'acme',
    transport: async (url, init) => emulator.fetch(new Request(url, init)),
    ...options,
  });
  const result = await uploader.upload(source);
  if (result.kind !== 'report') throw new Error(JSON.stringify(result.problems.first));
  const attributesOf = async (id: string) => {
    const reply = await emulator.fetch(
      new Request(`http://localhost/rest/v1/profiles/thirdPartyId/${encodeURIComponent(id)}?client=acme`),
    );
    const { profileAttributes } = (await reply.json()) as { profileAttributes: Record<string, { value: string }> };
    return Object.fromEntries(Object.entries(profileAttributes).map(([name, { value }]) => [name, value]));
  };
  return { report: result, attributesOf };
}

const source = (name: string, text: string | Uint8Array) => ({
  name,
  async *open() {
    yield typeof text === 'string' ? Buffer.from(text) : text;
  },
});

const ROWS = 5_000;
const rows = Array.from({ length: ROWS }, (_, index) => `v-${index},"Zürich, ${index}",\n`).join('');

describe('an upload', () => {
  it('of a packed file in several parts, another file and JSON after it, brings every value over', async () => {
    const files = [
      source('a.csv.gz', gzipSync(`thirdPartyId,city,tier\n${rows}`)),
      source('b.tsv', 'tier\tthirdPartyId\ngold\tv-7\n'),
      source('c.json', '[{"thirdPartyId":"v-8","score":1.50}]'),
    ];
    const { report, attributesOf } = await uploaded(files, { partRowsMax: 1_500, constants: { origin: 'crm' } });
    expect(report).toMatchObject({ state: 'done', total: { submitted: ROWS + 2, updated: ROWS + 2 } });
    expect(report.parts.length).toBeGreaterThan(3);
    expect(await attributesOf('v-4999')).toEqual({ city: 'Zürich, 4999', origin: 'crm' });
    expect(await attributesOf('v-7')).toEqual({ city: 'Zürich, 7', tier: 'gold', origin: 'crm' });
    expect(await attributesOf('v-8')).toEqual({ city: 'Zürich, 8', score: '1.50', origin: 'crm' });
  });

  it('of a batch file sends its rows as they stand, in as many parts as it takes', async () => {
    const lines = Array.from({ length: ROWS }, (_, index) => `v-${index},100%25,"${index}"\n`).join('');
    const batch = source('ready.txt', `batch=thirdPartyId,share,quoted\n${lines}`);
    const { report, attributesOf } = await uploaded(batch, { partRowsMax: 2_000 });
    expect(report).toMatchObject({ state: 'done', total: { updated: ROWS }, plan: { format: 'batch' } });
    expect(report.parts.length).toBeGreaterThan(2);
    expect(await attributesOf('v-1234')).toEqual({ share: '100%', quoted: '"1234"' });
    expect(report.plan.warnings).toMatchObject([{ rule: 'our-quoted-cell', count: ROWS }]);
  });

  it('tells in its report what was sent and hardly meant', async () => {
    const { report } = await uploaded(source('x.csv', 'thirdPartyId,a\nNULL,x\nA1,y\n'));
    expect(report.plan.warnings).toMatchObject([{ code: 'placeholder-id', count: 1, first: [{ line: 2 }] }]);
  });
});
