/** Looks at the first bytes of a stream before somebody reads it. */

export interface Peeked {
  /** As many as were asked for, or all there are. */
  readonly head: Buffer;
  /** The whole stream, those bytes included. */
  readonly all: AsyncIterable<Uint8Array>;
  /** Instead of reading it, or after: a stream of which nobody has begun to read `all` keeps its file open. */
  close(): Promise<void>;
}

export async function peeked(chunks: AsyncIterable<Uint8Array>, bytes: number): Promise<Peeked> {
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
  return { close, head: Buffer.concat(seen).subarray(0, bytes), all };
}
