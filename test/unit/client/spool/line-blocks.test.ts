/** Bytes of encoded rows, cut anywhere, come as blocks of whole lines. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { lineBlocks } from '../../../../src/client/spool/held-bytes.ts';

it('ends each block with a line, wherever the pieces were cut, and leaves nothing out', async () => {
  const piece = fc.string({ unit: fc.constantFrom('a', ',', '\n'), maxLength: 9 });
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
      const blocks: string[] = [];
      for await (const block of lineBlocks(piecesOf([...pieces, '\n']))) blocks.push(block.toString());
      expect(blocks.join('')).toBe(`${pieces.join('')}\n`);
      for (const block of blocks) expect(block.endsWith('\n')).toBe(true);
    }),
  );
});

async function* piecesOf(pieces: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield Buffer.from(piece);
}
