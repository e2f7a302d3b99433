/** An archive of customer attributes that unpacks to far more than it has: the work ends at the bound, and so does what is held. */
import { gzipSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { BadArchive, unpacked } from '../../../../src/server/attributes/unpack.ts';

const PACKED_BYTES = 64 * 1024 * 1024;
const BOUND_BYTES = 8 * 1024 * 1024;
/** 4 KiB are inflated at once, to some thousand times as much. */
const CHUNK_BYTES_MAX = 5 * 1024 * 1024;
const zeros = Buffer.alloc(PACKED_BYTES);

describe.each([
  ['gz', gzipSync(zeros)],
  ['zip', zipSync({ 'crm.csv': zeros })],
] as const)('a bomb as .%s', (kind, archive) => {
  async function unpack(bytesMax?: number) {
    let bytes = 0;
    let largest = 0;
    try {
      for await (const chunk of unpacked(kind, [archive], bytesMax)) {
        bytes += chunk.byteLength;
        largest = Math.max(largest, chunk.byteLength);
      }
      return { bytes, largest, error: undefined };
    } catch (error) {
      return { bytes, largest, error };
    }
  }

  it('ca-size: ends at the bound with the rule, and no chunk of it is large', async () => {
    expect(archive.byteLength).toBeLessThan(PACKED_BYTES / 500);
    const { bytes, largest, error } = await unpack(BOUND_BYTES);
    expect(error).toBeInstanceOf(BadArchive);
    expect((error as BadArchive).fault).toMatchObject({ rule: 'ca-size', message: expect.stringContaining('4 GB') });
    expect(bytes).toBeLessThanOrEqual(BOUND_BYTES);
    expect(largest).toBeLessThanOrEqual(CHUNK_BYTES_MAX);
  });

  it('is given whole within the bound', async () => {
    expect(await unpack(PACKED_BYTES)).toMatchObject({ bytes: PACKED_BYTES, error: undefined });
  });
});
