import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../../../src/protocol/vocabulary/index.ts';
import { readCells } from '../../../../src/server/explain/read-cells.ts';

const cellsOf = (line: string, header = 'pcId,a, b ,a') =>
  readCells({ header: Buffer.from(header, 'latin1'), line: Buffer.from(line, 'latin1') }, DEFAULT_SETTINGS);

describe('the cells of a kept row', () => {
  it('our-trimmed-blanks, enc-utf8-percent: as they stand, as they are read, and by whose name', () => {
    expect(cellsOf('7, x%2Cy ,%zz,1,2')).toEqual({
      cells: [
        { column: 1, name: 'pcId', raw: '7', value: '7' },
        { column: 2, name: 'a', raw: ' x%2Cy ', value: 'x,y' },
        { column: 3, name: 'b', raw: '%zz', value: undefined },
        { column: 4, name: 'a', raw: '1', value: '1' },
        { column: 5, name: undefined, raw: '2', value: '2' },
      ],
      cellCount: 5,
      writes: [],
    });
    expect(cellsOf('7,x,y,z')?.writes).toEqual([
      { name: 'b', value: 'y' },
      { name: 'a', value: 'z' },
    ]);
  });

  it('our-not-utf8: a row that is not text has cells and no values', () => {
    expect(cellsOf('7,Z\xfcrich,1')).toEqual({
      cells: [
        { column: 1, name: 'pcId', raw: '7', value: undefined },
        { column: 2, name: 'a', raw: 'Z\ufffdrich', value: undefined },
        { column: 3, name: 'b', raw: '1', value: undefined },
      ],
      cellCount: 3,
      writes: [],
    });
  });

  it('no more than a thousand of them, all counted', () => {
    const read = cellsOf(`7${',x'.repeat(1_500)}`);
    expect([read?.cells.length, read?.cellCount]).toEqual([1_000, 1_501]);
  });

  it('none under a header row that would be refused', () => {
    expect(cellsOf('7', 'nobody')).toBeUndefined();
  });
});
