/** Counts the lines that are rows, over blocks of bytes cut anywhere. The bytes' answer to rule our-line-ends. */

const LF = 0x0a;
const CR = 0x0d;
const BLANK = 0x20;

/** What is known of a line so far. A carriage return counts as the line's end until something else follows. */
export type LineState = 'blank' | 'blank-then-cr' | 'row';

/** The state after one more byte, which is no LF. */
export function afterByte(state: LineState, byte: number): LineState {
  if (state !== 'blank') return 'row';
  if (byte === BLANK) return 'blank';
  return byte === CR ? 'blank-then-cr' : 'row';
}

export interface RowScan {
  /** Where the line goes on after `from`: the index of its LF, or -1 when the block ends first. */
  lineEnd(block: Uint8Array, from: number): number;
  /** Whether the line that ended (or the last one, at the end of the file) is a row; starts the next line. */
  endLine(): boolean;
}

/** Nearly every line shows with its first byte that it is a row, and the search for its end is the machine's. */
export function rowScan(): RowScan {
  let state: LineState = 'blank';
  return {
    lineEnd(block, from) {
      let index = from;
      while (state !== 'row' && index < block.length && block[index] !== LF) {
        state = afterByte(state, block[index]!);
        index += 1;
      }
      return block.indexOf(LF, index);
    },
    endLine() {
      const isRow = state === 'row';
      state = 'blank';
      return isRow;
    },
  };
}
