import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type TextBlock, textBlocks } from '../../../../src/client/read/text-blocks.ts';
import { chunksOf, collect } from '../support.ts';

describe('textBlocks', () => {
  it('gives the same text however the bytes are cut, in whole lines with their numbers', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.string({ unit: 'grapheme', maxLength: 12 }).filter((line) => !/[\n\uFEFF]/.test(line)),
          { maxLength: 12 },
        ),
        fc.integer({ min: 1, max: 40 }),
        fc.boolean(),
        async (lines, chunkBytes, endsWithFeed) => {
          const text = lines.join('\n') + (endsWithFeed ? '\n' : '');
          const blocks: TextBlock[] = [];
          // A block is valid until the next one.
          for await (const block of textBlocks(chunksOf(text, chunkBytes), 10_000)) {
            blocks.push({ ...block, text: block.text });
          }
          expect(blocks.map((block) => block.text).join('')).toBe(text);
          let line = 1;
          for (const block of blocks) {
            expect(block.firstLine).toBe(line);
            expect(block.notUtf8.size).toBe(0);
            line += block.text.split('\n').length - 1;
          }
          for (const block of blocks.slice(0, -1)) expect(block.text.endsWith('\n')).toBe(true);
        },
      ),
    );
  });

  it('takes byte order marks off, and only at the start', async () => {
    const [block] = await collect(textBlocks(chunksOf('\uFEFFa\uFEFF\n'), 100));
    expect(block!.text).toBe('a\uFEFF\n');
    const [several] = await collect(textBlocks(chunksOf('\uFEFF\uFEFFa\n'), 100));
    expect(several!.text).toBe('a\n');
  });

  it.each([
    ['a lone continuation byte', [0x80]],
    ['a cut character', [0xe6, 0x9d]],
    ['an overlong form', [0xc0, 0xaf]],
    ['half a surrogate pair', [0xed, 0xa0, 0x80]],
    ['Latin-1', [0xfc]],
  ])('our-not-utf8: names the line and what stands before %s', async (_, bytes) => {
    const file = Buffer.concat([Buffer.from('good\nZü,'), Buffer.from(bytes), Buffer.from(',x\nfine\n')]);
    for (const chunkBytes of [1, 3, 100]) {
      const blocks = await collect(textBlocks(chunksOf(file, chunkBytes), 100));
      const bad = blocks.flatMap((block) => [...block.notUtf8]);
      expect(bad).toEqual([[2, 'Zü,']]);
    }
  });

  it('cuts a line that is too long instead of holding it', async () => {
    const blocks = await collect(textBlocks(chunksOf('x'.repeat(1000), 10), 100));
    expect(blocks).toHaveLength(1);
    expect(blocks[0]).toMatchObject({ lineTooLong: true });
    expect(blocks[0]!.text.length).toBeLessThanOrEqual(110);
  });
});
