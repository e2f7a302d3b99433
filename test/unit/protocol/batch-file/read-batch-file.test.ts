/** Whole files, pushed in as blocks of bytes. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { batchFileReader, resultOf } from '../../../../src/protocol/batch-file/read-batch-file.ts';
import {
  BATCH_ROWS_MAX,
  COLUMNS_MAX,
  DEFAULT_SETTINGS,
  HEADER_ROW_BYTES_MAX,
  type Settings,
} from '../../../../src/protocol/vocabulary/index.ts';
import { cutAt, readBlocks } from './read-blocks.ts';

interface Reading {
  readonly end: unknown;
  readonly events: readonly string[];
}

function read(blocks: readonly (string | Uint8Array)[], settings: Partial<Settings> = {}): Reading {
  const events: string[] = [];
  const end = readBlocks(
    blocks,
    {
      header: (header) => events.push(`header ${header.idKind} ${header.attributes.join('|')}`),
      row: (row, reading) =>
        events.push(
          `row ${row} ${reading.kind === 'row' ? `${reading.id}=${reading.values.join('|')}` : reading.kind}`,
        ),
      note: (rule, row, column) => events.push(`note ${rule} ${row}/${column}`),
    },
    settings,
  );
  return { end: end.kind === 'read' ? { rows: end.rows } : end, events };
}

const refusal = (rule: string) => expect.objectContaining({ kind: 'rejection', rule });

describe('what stands before the rows', () => {
  test.each([
    '',
    'batch',
    'Batch=pcId\n1',
    ' batch=pcId\n1',
    '\nbatch=pcId',
    'pcId,a\n1,x',
    '{"batch":1}',
    '--boundary\r\n',
  ])('body-batch-prefix, err-batch-missing, body-raw-text: %j is an empty batch', (file) => {
    expect(read([file]).end).toEqual(expect.objectContaining({ rule: 'err-batch-missing', message: 'Batch is empty' }));
  });

  test.each(['batch=', 'batch=\n', 'batch=  \r\n \n'])('err-batch-missing: %j has no header row', (file) => {
    expect(read([file]).end).toEqual(refusal('err-batch-missing'));
  });

  test('our-byte-order-mark: one is taken off and noted, a second is not', () => {
    expect(read(['\uFEFFbatch=pcId,a\n1,x'])).toEqual({
      end: { rows: 1 },
      events: ['note our-byte-order-mark 0/1', 'header pcId a', 'row 1 1=x'],
    });
    expect(read(['\uFEFF\uFEFFbatch=pcId,a\n1,x']).end).toEqual(refusal('err-batch-missing'));
  });

  test('our-byte-order-mark: strict mode refuses it', () => {
    expect(read(['\uFEFFbatch=pcId,a\n1,x'], { byteOrderMark: 'refuse' }).end).toEqual(refusal('our-byte-order-mark'));
  });

  test('hdr-key-first: the refusal comes as soon as the line is there, and stays', () => {
    const reader = batchFileReader(DEFAULT_SETTINGS, { note: () => {} });
    const write = (text: string) => resultOf(reader.write(Buffer.from(text)));
    expect(write('batch=id,a')).toBeUndefined();
    expect(write('\n')).toEqual(refusal('hdr-key-first'));
    expect(write('pcId,a\n1,x')).toEqual(refusal('hdr-key-first'));
    expect(resultOf(reader.end())).toEqual(refusal('hdr-key-first'));
  });

  describe('our-columns-max', () => {
    const wide = `batch=pcId${',a'.repeat(COLUMNS_MAX)}`;
    const long = (bytes: number) => `batch=pcId,${'a'.repeat(bytes - 'pcId,'.length)}`;
    const readerOf = (settings: Partial<Settings> = {}) => {
      const reader = batchFileReader({ ...DEFAULT_SETTINGS, ...settings }, { note: () => {} });
      return (text: string) => resultOf(reader.write(Buffer.from(text)));
    };

    test.each(['raw', 'form'] as const)('%s: refuses before the line has ended, with the comma too many', (body) => {
      const write = readerOf({ body });
      expect(write(wide.slice(0, -2))).toBeUndefined();
      expect(write(',')).toEqual(refusal('our-columns-max'));
      const spelled = readerOf({ body: 'form' });
      expect(spelled(wide.replaceAll(',', '%2C'))).toEqual(refusal('our-columns-max'));
    });

    test('is the same wherever the blocks are cut, whatever else is wrong with the row', () => {
      const file = `  \r\n${wide.replace('batch=pcId', 'nobody,%zz')}\r\n1,x`;
      for (const cut of [1, 7, 5_000, 20_000]) {
        expect(read(cutAt(Buffer.from(`batch=${file}`), [cut])).end, String(cut)).toEqual(refusal('our-columns-max'));
      }
    });

    test('takes a row of 1 MiB, its line end not counted, and none of a byte more', () => {
      const most = long(HEADER_ROW_BYTES_MAX);
      for (const blocks of [[`${most}\r\n1,x`], [most, '\r', '\n1,x'], [`${most}\r`, '\n1,x']]) {
        expect(read(blocks).end).toEqual({ rows: 1 });
      }
      expect(read([`${most}a\n1,x`]).end).toEqual(refusal('our-columns-max'));
      expect(read([most, 'a', '\n1,x']).end).toEqual(refusal('our-columns-max'));
      expect(readerOf()(`${most}aa`)).toEqual(refusal('our-columns-max'));
      expect(read([`batch=${' '.repeat(HEADER_ROW_BYTES_MAX + 9)}\npcId,a\n1,x`]).end).toEqual({ rows: 1 });
    });

    test('holds no more of a row without an end than it may have', () => {
      const write = readerOf();
      write('batch=pcId');
      let blocks = 0;
      while (write(',a'.repeat(1_000)) === undefined) blocks += 1;
      expect(blocks).toBe(COLUMNS_MAX / 1_000 - 1);
    });
  });

  test('our-header-only: a header row alone is accepted and noted', () => {
    expect(read(['batch=pcId,param1123,v'])).toEqual({
      end: { rows: 0 },
      events: ['header pcId param1123|v', 'note body-newlines-kept 0/undefined'],
    });
  });
});

describe('lines', () => {
  test.each(['\n', '\r\n'])('our-line-ends, body-lf: %j ends a line, with or without at the end', (end) => {
    const rows = { end: { rows: 2 }, events: ['header pcId a', 'row 1 1=x', 'row 2 2=y'] };
    expect(read([`batch=pcId,a${end}1,x${end}2,y`])).toEqual(rows);
    expect(read([`batch=pcId,a${end}1,x${end}2,y${end}`])).toEqual(rows);
  });

  test('our-line-ends: blank lines are skipped and not counted, before the header row too', () => {
    expect(read(['batch=\n  \r\npcId,a\n\n1,x\n   \n2,y\n\r\n']).events).toEqual([
      'header pcId a',
      'row 1 1=x',
      'row 2 2=y',
    ]);
  });

  test('our-line-ends: a lone carriage return is part of its cell', () => {
    expect(read(['batch=pcId,a\n1,x\ry']).events).toEqual(['header pcId a', 'row 1 1=x\ry']);
  });

  test('our-line-ends: a line of commas is a row', () => {
    expect(read(['batch=pcId,a\n,']).events).toEqual(['header pcId a', 'row 1 failed']);
  });

  test('lim-rows: 500,000 rows are read, one more is refused', () => {
    const reader = batchFileReader(DEFAULT_SETTINGS, { note: () => {} });
    const write = (text: string) => resultOf(reader.write(Buffer.from(text)));
    const block = '1,x\n'.repeat(BATCH_ROWS_MAX / 10);
    write('batch=pcId,a\n');
    for (let blocks = 0; blocks < 10; blocks += 1) expect(write(block)).toBeUndefined();
    expect(write('\n \n')).toBeUndefined();
    expect(write('1')).toBeUndefined();
    expect(resultOf(reader.end())).toEqual(refusal('lim-rows'));
  });

  test('lim-rows: exactly 500,000 rows end well', () => {
    expect(read([`batch=pcId,a\n${'1,x\n'.repeat(BATCH_ROWS_MAX)}`]).end).toEqual({ rows: BATCH_ROWS_MAX });
  });
});

/** A cell is noted when the raw text has ended it, which may be before or after the rows it becomes. */
const inOrder = (events: readonly string[]) => ({
  read: events.filter((event) => !event.startsWith('note')),
  noted: events.filter((event) => event.startsWith('note')),
});

describe('the form reading', () => {
  const form = { body: 'form' } as const;

  test('our-body-reading: escaped commas and line breaks split, plus is a blank', () => {
    expect(inOrder(read(['batch=pcId,a,b%0A1,x%2Cy%0d%0a2,p+q'], form).events)).toEqual({
      read: ['header pcId a|b', 'row 1 1=x|y', 'row 2 2=p q'],
      noted: ['note enc-two-readings 0/3', 'note enc-two-readings 0/4', 'note enc-two-readings 0/5'],
    });
  });

  test('our-body-reading: raw, the same bytes are one header row', () => {
    expect(read(['batch=pcId,a,b%0A1,x%2Cy']).events).toContain('header pcId a|b\n1|x,y');
  });

  test('our-body-reading: the batch ends at the first raw ampersand, which is noted', () => {
    const { end, events } = read(['batch=pcId,a\n1,x&y\n2,z'], form);
    expect(end).toEqual({ rows: 1 });
    expect(inOrder(events)).toEqual({
      read: ['header pcId a', 'row 1 1=x'],
      noted: ['note enc-two-readings 1/2'],
    });
  });

  test('our-body-reading: %25 and %26 mean the same in both readings', () => {
    const file = 'batch=pcId,a\n1,%2541%26';
    expect(read([file], form)).toEqual(read([file]));
  });

  test('enc-two-readings: rows and columns are those of the raw file, blank lines not counted', () => {
    expect(inOrder(read(['batch= \n\npcId,a\r\n \n1,x\r\n2,y%0A3,z+\n'], form).events)).toEqual({
      read: ['header pcId a', 'row 1 1=x', 'row 2 2=y', 'row 3 3=z '],
      noted: ['note enc-two-readings 2/2', 'note enc-two-readings 2/3'],
    });
  });
});

test('any cut of the bytes gives the same events', () => {
  const piece = fc.constantFrom(
    '1,x',
    '2',
    ',',
    '\n',
    '\r\n',
    ' ',
    '%2C',
    '%0A',
    '%0d',
    '+',
    '&',
    '%',
    '%zz',
    'é',
    'null',
    ',,,,',
    '\r',
    '\xff',
  );
  fc.assert(
    fc.property(
      fc.constantFrom('batch=', '\uFEFFbatch=', 'bat'),
      fc.array(piece, { maxLength: 20 }),
      fc.array(fc.nat(), { maxLength: 10 }),
      fc.constantFrom('raw' as const, 'form' as const),
      fc.constantFrom('utf8' as const, 'latin1' as const),
      (prefix, pieces, cuts, body, encoding) => {
        const file = Buffer.concat([Buffer.from(prefix), Buffer.from(`pcId,a,b\n${pieces.join('')}`, encoding)]);
        const [whole, cutUp] = [read([file], { body }), read(cutAt(file, cuts), { body })];
        expect(cutUp.end).toEqual(whole.end);
        // The form reading notes a cell when it ends, which may be before or after the rows it becomes.
        expect(cutUp.events.toSorted()).toEqual(whole.events.toSorted());
      },
    ),
    { numRuns: 2000 },
  );
});
