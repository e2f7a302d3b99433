/** A body whose beginning is known before anybody takes it in. */

export interface PeekedBody {
  /** From the first byte on, once only. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Nobody will take it in. */
  leave(): Promise<void>;
}

/** Holds `bytesMax` and one chunk. */
export async function peekedBody(source: AsyncIterable<Uint8Array>, bytesMax: number): Promise<PeekedBody> {
  const rest = source[Symbol.asyncIterator]();
  const held: Uint8Array[] = [];
  let bytes = 0;
  let isEnded = false;
  while (bytes < bytesMax && !isEnded) {
    const next = await rest.next();
    isEnded = next.done === true;
    if (next.done !== true) {
      // A chunk is its maker's to use again when the next one is asked for.
      held.push(next.value.slice());
      bytes += next.value.byteLength;
    }
  }
  const leave = async () => {
    await rest.return?.();
  };
  async function* body() {
    try {
      for (let chunk = held.shift(); chunk !== undefined; chunk = held.shift()) yield chunk;
      while (!isEnded) {
        const next = await rest.next();
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      await leave();
    }
  }
  return { body: body(), leave };
}
