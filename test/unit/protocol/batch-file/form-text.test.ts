/** The form reading of a body, block by block. */
import { describe, expect, test } from 'vitest';
import { formTextReader } from '../../../../src/protocol/batch-file/form-text.ts';

function rewrite(blocks: readonly string[], body: 'raw' | 'form' = 'form'): { text: string; cells: string[] } {
  let text = '';
  const cells: string[] = [];
  const form = formTextReader(
    body,
    (part) => {
      text += part;
    },
    ({ row, column }) => cells.push(`${row}/${column}`),
  );
  for (const block of blocks) form.write(block);
  form.end();
  return { text, cells };
}

describe('our-body-reading: read as a form', () => {
  test('our-body-reading: what the readings see differently is rewritten, all else left for its cell', () => {
    expect(rewrite(['a+b%2Cc%2cd%0Ae%0D%0af%25%26%2B%zz%'])).toEqual({
      text: 'a%20b,c,d\ne\r\nf%25%26%2B%zz%',
      cells: ['0/1'],
    });
  });

  test('our-body-reading: an escape may be cut anywhere', () => {
    for (const blocks of [
      ['x%', '2Cy'],
      ['x%2', 'Cy'],
      ['x', '%', '2', 'C', 'y'],
      ['x%2C', '', 'y'],
    ]) {
      expect(rewrite(blocks).text).toBe('x,y');
    }
  });

  test('our-body-reading: what only looks like the beginning of an escape stays', () => {
    expect(rewrite(['x%', '%2', '', '%0', 'G', '%2']).text).toBe('x%%2%0G%2');
  });

  test('our-body-reading: nothing is read behind a raw ampersand, in later blocks either', () => {
    expect(rewrite(['a,b&c+', 'd%2C'])).toEqual({ text: 'a,b', cells: ['0/2'] });
    expect(rewrite(['a%', '&2C'])).toEqual({ text: 'a%', cells: ['0/1'] });
  });

  test('enc-two-readings: each cell is noted once, at its raw row and column', () => {
    expect(rewrite(['+,a\n ', '\r\n\nb,+%2C+,c\r\n,,%0', 'A']).cells).toEqual(['0/1', '1/2', '2/3']);
  });
});

test('our-body-reading: read raw, the text passes as it is', () => {
  expect(rewrite(['a+b%2', 'C&d'], 'raw')).toEqual({ text: 'a+b%2C&d', cells: [] });
});
