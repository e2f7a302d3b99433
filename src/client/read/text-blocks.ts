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

  const joined = (start: readonly Uint8Array[], startBytes: number, rest: Uint8Array): Buffer => {
    const bytes = startBytes + rest.length;
    if (scratch.length < bytes) scratch = Buffer.allocUnsafeSlow(2 * bytes);
    let at = 0;
    for (const piece of [...start, rest]) {
      scratch.set(piece, at);
      at += piece.length;
    }
    return scratch.subarray(0, bytes);
  };

  const block = (bytes: Buffer, lineTooLong = false): TextBlock => {
    const firstLine = line;
    const body = atStart ? withoutMarks(bytes) : bytes;
    atStart = false;
    const notUtf8 = isUtf8(body) ? NONE : linesNotUtf8(body, firstLine);
    line += lineFeedsIn(body);
    let text: string | undefined;
    return {
      bytes: body,
      get text() {
        return (text ??= textOf(body));
      },
      firstLine,
      notUtf8,
      lineTooLong,
    };
  };

  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(LINE_FEED) + 1;
    if (end === 0) {
      held.push(copyOf(chunk));
      heldBytes += chunk.length;
      if (heldBytes > lineBytesMax) return yield block(Buffer.concat(held), true);
      continue;
    }
    const bytes =
      held.length === 0 ? asBuffer(chunk.subarray(0, end)) : joined(held, heldBytes, chunk.subarray(0, end));
    const rest = copyOf(chunk.subarray(end));
    held = rest.length === 0 ? [] : [rest];
    heldBytes = rest.length;
    yield block(bytes);
  }
  if (heldBytes > 0) yield block(Buffer.concat(held));
}

const LINE_FEED = 0x0a;
const NONE: ReadonlyMap<number, string> = new Map();

/** Some sources reuse their buffer. A Buffer's own `slice` would not copy. */
function copyOf(bytes: Uint8Array): Uint8Array {
  return Uint8Array.prototype.slice.call(bytes);
}

/** Tools that add one do not look whether there is one already. */
function withoutMarks(bytes: Buffer): Buffer {
  let start = 0;
  while (bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf) start += 3;
  return bytes.subarray(start);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function textOf(bytes: Buffer): string {
  return isAscii(bytes) ? bytes.toString('latin1') : bytes.toString('utf8');
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
