/** Cuts the bytes of encoded rows into blocks of whole lines. */

/** All of them end with a line feed. A block is valid until the next one is asked for. */
export async function* lineBlocks(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let held = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = Buffer.concat([held, chunk]);
    const end = bytes.lastIndexOf(LINE_FEED) + 1;
    held = bytes.subarray(end);
    if (end > 0) yield bytes.subarray(0, end);
  }
}

const LINE_FEED = 0x0a;
