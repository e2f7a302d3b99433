/** Cuts bytes into blocks of whole lines of text, and says which lines were not UTF-8. */
import { isAscii, isUtf8 } from 'node:buffer';

export interface TextBlock {
  /** Ends with a line feed, except perhaps the last block. Valid until the next block is asked for. */
  readonly bytes: Buffer;
  /** The same as text, decoded when first asked for. Bytes that are not UTF-8 have become U+FFFD. */
  readonly text: string;
  /** The number of its first line, from 1. */
  readonly firstLine: number;
  /** Lines with bytes that are not UTF-8, each with the text before the first such byte. */
  readonly notUtf8: ReadonlyMap<number, string>;
  /** The last line was cut here because it is longer than `lineBytesMax`; nothing follows. */
  readonly lineTooLong: boolean;
}

/** Byte order marks at the start are taken off. Holds one chunk and one line. */
export async function* textBlocks(chunks: AsyncIterable<Uint8Array>, lineBytesMax: number): AsyncGenerator<TextBlock> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let line = 1;
  let atStart = true;
  /** Used again for each block: a new one for each would be megabytes of garbage. */
  let scratch = Buffer.alloc(0);

  const block = (end: Uint8Array, lineTooLong = false): TextBlock => {
    const length = heldBytes + end.length;
    if (scratch.length < length) scratch = Buffer.allocUnsafeSlow(length + SPARE_BYTES);
    let at = 0;
    for (const piece of [...held, end]) {
      scratch.set(piece, at);
      at += piece.length;
    }
    const bytes = atStart ? withoutMarks(scratch.subarray(0, length)) : scratch.subarray(0, length);
    atStart = false;
    const firstLine = line;
    line += lineFeedsIn(bytes);
    let text: string | undefined;
    return {
      bytes,
      get text() {
        return (text ??= isAscii(bytes) ? bytes.toString('latin1') : bytes.toString('utf8'));
      },
      firstLine,
      notUtf8: isUtf8(bytes) ? NONE : linesNotUtf8(bytes, firstLine),
      lineTooLong,
    };
  };

  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(LINE_FEED) + 1;
    const rest = Uint8Array.prototype.slice.call(chunk, end);
    if (end > 0) {
      // Made before `rest` is held, whose bytes follow.
      const whole = block(chunk.subarray(0, end));
      held = [];
      heldBytes = 0;
      yield whole;
    }
    held.push(rest);
    heldBytes += rest.length;
    if (heldBytes > lineBytesMax) return yield block(NOTHING, true);
  }
  if (heldBytes > 0) yield block(NOTHING);
}

const NOTHING = new Uint8Array();
const SPARE_BYTES = 64 * 1024;
const LINE_FEED = 0x0a;
const NONE: ReadonlyMap<number, string> = new Map();

/** Tools that add one do not look whether there is one already. */
function withoutMarks(bytes: Buffer): Buffer {
  let start = 0;
  while (bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf) start += 3;
  return bytes.subarray(start);
}

export function lineFeedsIn(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(LINE_FEED); at !== -1; at = bytes.indexOf(LINE_FEED, at + 1)) count += 1;
  return count;
}

function linesNotUtf8(bytes: Buffer, firstLine: number): Map<number, string> {
  const lines = new Map<number, string>();
  let start = 0;
  for (let line = firstLine; start < bytes.length; line += 1) {
    const feed = bytes.indexOf(LINE_FEED, start);
    const end = feed === -1 ? bytes.length : feed;
    const content = bytes.subarray(start, end);
    if (!isUtf8(content)) lines.set(line, content.toString('utf8').split('\uFFFD', 1)[0]!);
    start = end + 1;
  }
  return lines;
}
