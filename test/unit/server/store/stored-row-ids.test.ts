import { describe, expect, it } from 'vitest';
import { partsOf } from '../../../../src/server/store/body-place.ts';
import { findRowStarts, readRow, readRowId } from '../../../../src/server/store/stored-row-ids.ts';

function idsOf(text: string | Buffer, rows: number): string[] {
  const body = partsOf(Buffer.from(text));
  const starts = findRowStarts(body, rows);
  return Array.from({ length: rows }, (_, index) => readRowId(body, starts, index + 1));
}

describe('ids read back from a body', () => {
  it('our-line-ends: blank lines, carriage returns and a missing last line feed', () => {
    expect(idsOf('batch=\r\n  \npcId,a\r\n\r\n1,x\n  \r\n2\r\n\r\r\n 3 ,y', 4)).toEqual(['1', '2', '\r', '3']);
  });

  it('our-line-ends: an id that ends with a carriage return where the reading of it was cut', () => {
    const long = `${'x'.repeat(255)}\r${'y'.repeat(10)}`;
    expect(idsOf(`batch=pcId\n${long}\r\n${' '.repeat(300)}z`, 2)).toEqual([long, 'z']);
  });

  it('enc-utf8-percent: decoded once, and as it stands where it cannot be', () => {
    expect(idsOf('batch=pcId\n%C3%BC%2C%251,x\n%zz,x\nü,x\n,x', 4)).toEqual(['ü,%1', '%zz', 'ü', '']);
  });

  it('ids longer than what is read at first, and rows on both sides of a chunk', () => {
    const long = 'x'.repeat(5_000);
    const pad = 'p'.repeat(1024 * 1024 - 15);
    expect(idsOf(`batch=pcId\n${long},v\n${pad},v\n \r\nlast`, 3)).toEqual([long, pad, 'last']);
    const many = Array.from({ length: 200_000 }, (_, index) => `id-${index},v`);
    expect(idsOf(`batch=pcId\n${many.join('\n')}`, many.length).at(-1)).toBe('id-199999');
  });

  it('whole rows, the header row at 0; none beyond 1 MiB', () => {
    const limit = 'y'.repeat(1024 * 1024);
    const body = partsOf(Buffer.from(`batch=\r\n pcId,a\r\n\n1,\xff\n${limit}\r\n${limit}yy\nlast\r`, 'latin1'));
    const starts = findRowStarts(body, 4);
    const rows = [0, 1, 2, 3, 4].map((row) => readRow(body, starts, row));
    const texts = rows.map((row) => row && Buffer.from(row).toString('latin1'));
    expect(texts).toEqual([' pcId,a', '1,\xff', limit, undefined, 'last']);
  });
});
