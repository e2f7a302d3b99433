/** Cuts the bytes of encoded rows into blocks of whole lines. */

/** All of them end with a line feed. A block is valid until the next one is asked for. */
export async function* lineBlocks(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const held: Uint8Array[] = [];
  for await (const chunk of chunks) {
    // A row of many chunks is copied once, when it has ended.
    const end = chunk.lastIndexOf(LINE_FEED) + 1;
    if (end > 0) yield Buffer.concat([...held.splice(0), chunk.subarray(0, end)]);
    if (end < chunk.length) held.push(chunk.subarray(end));
  }
}

const LINE_FEED = 0x0a;
