/** Splitting lines without quotes is what the library makes of them, and neither minds where the bytes are cut. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { inputOptionsSchema } from '../../src/client/index.ts';
import { oddCellFinder, parseRecords, splitLines } from '../../src/client/read/csv-records.ts';
import { openFile, openTable } from '../../src/client/read/open-table.ts';

const DELIMITERS = [',', ';', '\t', '|', ' ', '.'] as const;
const piece = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...DELIMITERS, '\n', '\r\n', '\r', ' ', '\uFEFF', '\u00A0', '=', '0', '漢') },
  fc.string({ unit: 'binary', maxLength: 4 }),
);
const text = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(''));

it('our quick path and the library are equal cell for cell, whatever stands in lines without quotes', async () => {
  await fc.assert(
    fc.asyncProperty(text, fc.constantFrom(...DELIMITERS), async (given, delimiter) => {
      // As decoded from UTF-8: half a surrogate pair is U+FFFD by then.
      const lines = Buffer.from(given.replaceAll('"', '')).toString();
      const { records, consumed } = await parseRecords(Buffer.from(lines), { delimiter, trim: false });
      expect(splitLines(lines, delimiter)).toEqual(records);
      expect(consumed).toBe(Buffer.byteLength(lines));
    }),
    { numRuns: 3_000 },
  );
});

/** Together long enough for the lines after them to be read without the library. */
const FILLER = 'v,x\n'.repeat(1_100);
const quoted = fc
  .array(fc.oneof({ weight: 3, arbitrary: fc.constantFrom('"', '"', ',', '\n', '\r\n', 'a', ' ', FILLER) }, piece), {
    maxLength: 25,
  })
  .map((pieces) => pieces.join(''));

it('a file is read alike in one piece and cut anywhere, quotes or not, its problems included', async () => {
  const options = {
    ...inputOptionsSchema.parse({ delimiter: ',', format: 'csv' }),
    isDropped: () => false,
    isMisnamed: () => false,
    partBytesMax: 1_000_000,
  };
  const read = async (bytes: Buffer, cut: number, trim: boolean) => {
    const open = async function* () {
      for (let at = 0; at < bytes.length; at += cut) yield bytes.subarray(at, at + cut);
    };
    const table = openTable(await openFile({ name: 'x', bytes: undefined, open }, options), { ...options, trim });
    const rows: unknown[] = [];
    const problems: unknown[] = [];
    for await (const block of table.blocks) {
      rows.push(...block.rows);
      problems.push(...block.problems);
    }
    return { rows, problems, columns: table.columns };
  };
  await fc.assert(
    fc.asyncProperty(quoted, fc.integer({ min: 1, max: 40 }), fc.boolean(), async (body, cut, trim) => {
      const bytes = Buffer.from(`id,a\n${body}`);
      const [whole, pieces] = [await read(bytes, bytes.length, trim), await read(bytes, cut, trim)];
      // Compared as text: a difference of thousands of rows is nothing to print.
      expect(JSON.stringify(pieces) === JSON.stringify(whole)).toBe(true);
    }),
    { numRuns: 1_500 },
  );
});

it('a record without an odd cell is, cell for cell, what stands in the file', async () => {
  const records = fc.array(
    fc.oneof(
      fc.constantFrom('"', '"', '""', ',', ',', ';', '\n', '\r\n', '\r', 'a', ' ', '\t', '\u00A0', '\u200B'),
      piece,
    ),
    { maxLength: 25 },
  );
  let sound = 0;
  await fc.assert(
    fc.asyncProperty(records, fc.constantFrom(...DELIMITERS), fc.boolean(), async (pieces, delimiter, trim) => {
      const oddCell = oddCellFinder({ delimiter, trim });
      const read = await parseRecords(Buffer.from(pieces.join('')), { delimiter, trim });
      for (const record of read.records) {
        if (oddCell(record) !== undefined) continue;
        const { cells, raw } = record;
        sound += 1;
        let rest = raw;
        const blanks = () => {
          while (trim && rest !== '' && !/^[\r\n]/.test(rest) && !rest.startsWith(delimiter) && /^\s/.test(rest))
            rest = rest.slice(1);
        };
        for (const [index, cell] of cells.entries()) {
          blanks();
          const written = rest.startsWith('"') ? `"${cell.replaceAll('"', '""')}"` : cell;
          expect(rest.startsWith(written)).toBe(true);
          rest = rest.slice(written.length);
          blanks();
          if (index < cells.length - 1) expect(rest.startsWith(delimiter)).toBe(true);
          if (index < cells.length - 1) rest = rest.slice(delimiter.length);
        }
        expect(rest).toMatch(/^(?:\r?\n)?$/);
      }
    }),
    { numRuns: 3_000 },
  );
  expect(sound).toBeGreaterThan(1_000);
});
