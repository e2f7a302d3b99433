/** Finds the lines that are rows, over blocks of bytes cut anywhere: every reader of a batch file finds them here. */
import { type LineState, ourLineEnds } from '../rules/request-format.ts';
import { asBuffer } from './line-text.ts';

/**
 * `found` is told of each row, the header row first: where its line begins and where it ends, without what ends it, both
 * counted as the first block begins at `offset`. When it returns true, nothing is looked for any more.
 */
export function rowFinder(offset: number, found: (start: number, end: number) => boolean) {
  let blockStart = offset;
  let lineStart = offset;
  let line: LineState = 'blank';
  let lastByte = 0;
  let isOver = false;

  const endLine = (lineFeed: number, byteBefore: number): void => {
    if (isRow(line)) {
      const hasCr = ourLineEnds.decide(line, byteBefore) === 'row-then-cr';
      isOver = found(lineStart, hasCr ? lineFeed - 1 : lineFeed);
    }
    line = 'blank';
    lineStart = lineFeed + 1;
  };

  return {
    /** Goes on with the next block; ends early when `found` says so. */
    read(given: Uint8Array): void {
      const block = asBuffer(given);
      for (let at = 0; !isOver;) {
        // Nearly every line shows with its first byte that it is a row, and the search for its end is the machine's.
        while (!isRow(line) && at < block.length && block[at] !== LF) {
          line = ourLineEnds.decide(line, block[at]!);
          at += 1;
        }
        // The machine is asked once a line; blank ones have ended already.
        const lineFeed = block[at] === LF ? at : block.indexOf(LF, at);
        if (lineFeed === -1) break;
        endLine(blockStart + lineFeed, lineFeed === 0 ? lastByte : block[lineFeed - 1]!);
        at = lineFeed + 1;
      }
      blockStart += block.length;
      lastByte = block.at(-1) ?? lastByte;
    },
    /** The last line needs no line end. */
    end(): void {
      if (!isOver) endLine(blockStart, lastByte);
    },
    /** Where the line begins that has not ended yet, and whether it is a row already, whatever comes. */
    lineStart: () => lineStart,
    isInRow: () => isRow(line),
  };
}

export const isRow = (line: LineState): boolean => line === 'row' || line === 'row-then-cr';

const LF = 0x0a;
