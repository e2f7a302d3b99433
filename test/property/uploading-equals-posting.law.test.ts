import fc from 'fast-check';
import { expect } from 'vitest';
import { createUploader } from '../../src/client/index.ts';
import { encodeCell } from '../../src/protocol/batch-file/write-batch-file.ts';
import { anyText, hostileText } from '../../src/sim/index.ts';
import { lawUnderEveryReading } from './law.ts';
import { withClient } from './world.ts';

const value = fc.oneof(fc.constantFrom('1', '2', '', 'a,b', '"quoted"'), anyText(6), hostileText(5));
const people = fc.array(fc.record({ id: fc.constantFrom('u1', 'u2', 'a@x.com', '漢', 'u 3'), a: value, b: value }), {
  minLength: 1,
  maxLength: 8,
});

lawUnderEveryReading(
  'body-pure-file, enc-utf8-percent, our-duplicate-ids: uploading through the real client equals posting the file by hand',
  fc.record({
    api: fc.constantFrom('v2' as const, 'v1' as const),
    idKind: fc.constantFrom('thirdPartyId' as const, 'pcId' as const),
    people,
    partRowsMax: fc.constantFrom(500_000, 3),
  }),
  async ({ api, idKind, people: rows, partRowsMax }, settings) => {
    // enc-two-readings: read as a form, an encoded comma or line break makes cells and rows that no client knows of.
    const isSplit = rows.some(({ a, b }) => /[,\n\r]/.test(a + b));
    const readings = isSplit ? { ...settings, body: 'raw' as const } : settings;
    const ids = [...new Set(rows.map((row) => row.id))];
    const seeds = [{ id: { kind: idKind, value: 'u1' }, attributes: { a: 'before', c: 'kept' } }];
    const byHand = await withClient(readings, async (client, { emulator, port }) => {
      await emulator.seedProfiles(client, seeds);
      const lines = rows.map((row) => [row.id, row.a, row.b].map(encodeCell).join(','));
      await port.submit(client, api, new TextEncoder().encode([`batch=${idKind},a,b`, ...lines].join('\n')));
      await port.apply(client, 'all');
      return profiles(ids, (id) => port.profile(client, { kind: idKind, value: id }));
    });
    const uploaded = await withClient(readings, async (client, { emulator, port }) => {
      await emulator.seedProfiles(client, seeds);
      const uploader = createUploader({
        endpoint: 'http://localhost',
        client,
        api,
        idColumn: 'id',
        idKind,
        format: 'ndjson',
        partRowsMax: Math.max(partRowsMax, largestGroup(rows.map((row) => row.id))),
        wait: false,
        transport: async (url, init) => emulator.fetch(new Request(url, init)),
      });
      const text = new TextEncoder().encode(rows.map((row) => JSON.stringify(row)).join('\n'));
      const result = await uploader.upload({ name: 'people.ndjson', open: () => inOneChunk(text) });
      expect(result.kind).toBe('report');
      await port.apply(client, 'all');
      return profiles(ids, (id) => port.profile(client, { kind: idKind, value: id }));
    });
    expect(uploaded).toEqual(byHand);
  },
);

async function profiles(ids: readonly string[], read: (id: string) => Promise<unknown>): Promise<unknown> {
  return Promise.all(ids.map(read));
}

function largestGroup(ids: readonly string[]): number {
  return Math.max(...ids.map((id) => ids.filter((other) => other === id).length));
}

async function* inOneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
