import { describe, expect, it } from 'vitest';

function counted() {
  const counter = { made: 0, closed: false };
  async function* chunks(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        counter.made += 1;
        yield new Uint8Array(1);
      }
    } finally {
      counter.closed = true;
    }
  }
  return { counter, stream: ReadableStream.from(chunks()) };
}

describe('the body of a call, ReadableStream.from of its chunks,', () => {
  it('makes a chunk only when one is asked for', async () => {
    const { counter, stream } = counted();
    const reader = stream.getReader();
    expect(counter.made).toBe(0);
    await reader.read();
    expect(counter.made).toBe(1);
    await reader.read();
    expect(counter.made).toBe(2);
  });

  it('closes its source when the call is cancelled', async () => {
    const { counter, stream } = counted();
    const reader = stream.getReader();
    await reader.read();
    await reader.cancel();
    expect(counter.closed).toBe(true);
  });

  it('hands on what the source throws', async () => {
    const broken = {
      [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('disk on fire')) }),
    };
    await expect(ReadableStream.from(broken).getReader().read()).rejects.toThrow('disk on fire');
  });
});
