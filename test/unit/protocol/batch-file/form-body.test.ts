/** Proves the form reading of a body, byte by byte. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formBody } from '../../../../src/protocol/batch-file/form-body.ts';

function rewrite(blocks: readonly Uint8Array[]): { text: string; notes: string[] } {
  const notes: string[] = [];
  const form = formBody((row, column) => notes.push(`${row}/${column}`));
  const pieces: Buffer[] = [];
  for (const block of blocks) for (const piece of form.write(block)) pieces.push(Buffer.from(piece));
  pieces.push(Buffer.from(form.end()));
  return { text: Buffer.concat(pieces).toString('latin1'), notes };
}

const whole = (text: string) => rewrite([Buffer.from(text, 'latin1')]);

describe('formBody', () => {
  test.each([
    ['a+b', 'a%20b'],
    ['a%2Cb%2cc', 'a,b,c'],
    ['a%0Ab%0ac', 'a\nb\nc'],
    ['a%0Db%0dc', 'a\rb\rc'],
    ['a%252Cb', 'a%252Cb'],
    ['a%26b%25c%20d', 'a%26b%25c%20d'],
    ['a%%2Cb', 'a%,b'],
    ['a%2%2Cb', 'a%2,b'],
    ['a%0%0Ab', 'a%0\nb'],
    ['a%2+b', 'a%2%20b'],
    ['a&b+c', 'a'],
    ['a%2&C', 'a%2'],
    ['a%', 'a%'],
    ['a%0', 'a%0'],
    ['', ''],
  ])('our-body-reading: %j is read as %j', (raw, read) => {
    expect(whole(raw).text).toBe(read);
  });

  test('enc-two-readings: notes each differing cell of the raw file once, up to the end of the parameter', () => {
    const raw = 'pcId,a+b\n\n  \r\n1,x+y+z,%2C%0A\r\n2,plain,p&q\n3,r+s';
    expect(whole(raw).notes).toEqual(['0/2', '1/2', '1/3', '2/3']);
  });

  test('enc-two-readings: two carriage returns make a row, one makes none', () => {
    expect(whole('pcId\n\r\n1,+').notes).toEqual(['1/2']);
    expect(whole('pcId\n\r\r\n1,+').notes).toEqual(['2/2']);
  });

  test('our-body-reading: any chunking gives the same bytes and the same notes', () => {
    const unit = fc.constantFrom(
      '+',
      '&',
      '%',
      '%2C',
      '%2c',
      '%0A',
      '%0d',
      '2',
      '0',
      'C',
      'a',
      ',',
      '\n',
      '\r',
      ' ',
      '\xff',
    );
    const cuts = fc.array(fc.nat(3), { maxLength: 60 });
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 40 }), cuts, (units, sizes) => {
        const bytes = Buffer.from(units.join(''), 'latin1');
        const blocks: Buffer[] = [];
        let start = 0;
        for (const size of sizes) {
          blocks.push(bytes.subarray(start, start + size));
          start += size;
        }
        blocks.push(bytes.subarray(start));
        expect(rewrite(blocks)).toEqual(rewrite([bytes]));
      }),
      { numRuns: 1_000 },
    );
  });

  test('a block of many pieces comes out whole', () => {
    const raw = '+'.repeat(200_000);
    expect(whole(raw).text).toBe('%20'.repeat(200_000));
  });
});
