import fc from 'fast-check';
import { expect } from 'vitest';
import { writeDataRow, writeHeaderRow } from '../../src/protocol/batch-file/write-batch-file.ts';
import { anyText, hostileText } from '../../src/sim/index.ts';
import { cutAt, readBlocks } from '../unit/protocol/batch-file/read-blocks.ts';
import { law, lawUnderEveryReading } from './law.ts';
import { withClient } from './world.ts';

const text = fc.oneof(anyText(), hostileText());
const filled = text.filter((value) => value !== '');

const NOTHING = { missing: /^$/, quotes: /^""$/, words: /^(?:""|null|NULL|undefined| +)$/ };

/** A table as a client has it: names once each, a row of optional values for each id. */
const tables = fc.uniqueArray(filled, { minLength: 1, maxLength: 4 }).chain((names) =>
  fc.record({
    names: fc.constant(names),
    rows: fc.array(
      fc.record({
        id: filled,
        values: fc.array(fc.option(text, { nil: undefined }), { minLength: names.length, maxLength: names.length }),
      }),
      { maxLength: 5 },
    ),
  }),
);

law(
  'enc-utf8-percent, hdr-encoded: write then parse is identity for any Unicode, wherever the text is cut',
  fc.record({ table: tables, cuts: fc.array(fc.nat({ max: 400 }), { maxLength: 6 }) }),
  ({ table: { names, rows }, cuts }) => {
    const lines = [writeHeaderRow('pcId', names), ...rows.map((row) => writeDataRow(row.id, row.values))];
    const read: unknown[] = [];
    let columns: readonly string[] = [];
    const end = readBlocks(cutAt(lines.join('\n'), cuts), {
      header: (header) => {
        columns = header.attributes;
      },
      row: (rowNumber, row) => {
        if (row.kind !== 'row') read.push(row.kind);
        else
          read.push([rowNumber, row.id, row.attributes.map((column, index) => [columns[column], row.values[index]])]);
      },
    });
    expect(end).toMatchObject({ kind: 'read', rows: rows.length });
    const expected = rows.map(({ id, values }, index) => {
      const kept = names.map((name, column) => [name, values[column]]).filter(([, value]) => value);
      return kept.length === 0 ? 'ignored' : [index + 1, id, kept];
    });
    expect(columns).toEqual(names);
    expect(read).toEqual(expected);
  },
);

lawUnderEveryReading(
  'enc-utf8-percent, enc-pipe-roundtrip, hdr-case: what the client encodes is what the emulator stores and a fetch tells',
  tables,
  async ({ names, rows }, settings) => {
    // enc-two-readings: read as a form, an encoded comma or line break does split.
    const isSplit = /[,\n\r]/.test(JSON.stringify([names, rows]).replaceAll(/[[\]{}]|","|,"|",/g, ''));
    const lines = [writeHeaderRow('pcId', names), ...rows.map((row) => writeDataRow(row.id, row.values))];
    await withClient(
      { ...settings, body: isSplit ? 'raw' : settings.body, locationHint: 'part-of-id' },
      async (client, { port }) => {
        await port.submit(client, 'v2', new TextEncoder().encode(lines.join('\n')));
        await port.apply(client, 'all');
        for (const id of new Set(rows.map((row) => row.id))) {
          const expected = new Map<string, string>();
          for (const row of rows.filter((each) => each.id === id)) {
            for (const [index, name] of names.entries()) {
              const value = row.values[index];
              // our-empty-words: what is written as a text may be read as nothing.
              if (value && !NOTHING[settings.empties].test(value)) expected.set(name, value);
            }
          }
          const profile = await port.profile(client, { kind: 'pcId', value: id });
          expect(new Map(profile?.attributes.map(({ name, value }) => [name, value]))).toEqual(expected);
        }
      },
    );
  },
);
