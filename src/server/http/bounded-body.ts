/** A small body, read whole: for parameters and for our own API, never for a batch. */

/** The body, or `too-large` as soon as it exceeds `bytesMax`. */
export async function readBoundedBody(
  chunks: AsyncIterable<Uint8Array>,
  bytesMax: number,
): Promise<Buffer | 'too-large'> {
  const kept: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.byteLength;
    if (bytes > bytesMax) return 'too-large';
    kept.push(chunk);
  }
  return Buffer.concat(kept, bytes);
}
