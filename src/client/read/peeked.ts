/** Looks at the first bytes of a stream before somebody reads it. */

/**
 * `head` is as many as were asked for, or all there are; `all` the whole stream, those included. `close` is to be called
 * instead of reading it, or after: a stream of which nobody has begun to read `all` keeps its file open.
 */
export async function peeked(chunks: AsyncIterable<Uint8Array>, bytes: number) {
  const iterator = chunks[Symbol.asyncIterator]();
  const seen: Buffer[] = [];
  let seenBytes = 0;
  while (seenBytes < bytes) {
    const next = await iterator.next();
    if (next.done === true) break;
    // Copied: some sources reuse their buffer.
    seen.push(Buffer.from(next.value));
    seenBytes += next.value.length;
  }
  const close = async () => void (await iterator.return?.());
  const all = (async function* () {
    try {
      yield* seen;
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
    } finally {
      await close();
    }
  })();
  return { head: Buffer.concat(seen).subarray(0, bytes), all, close };
}
