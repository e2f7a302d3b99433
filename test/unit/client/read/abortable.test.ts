import { describe, expect, it } from 'vitest';
import { abortable } from '../../../../src/client/read/abortable.ts';
import { collect } from '../support.ts';

describe('abortable', () => {
  it('passes everything on, in order, and what the source throws', async () => {
    async function* numbers() {
      yield 1;
      yield 2;
    }
    expect(await collect(abortable(numbers(), new AbortController().signal))).toEqual([1, 2]);
    async function* broken() {
      yield 1;
      throw new Error('gone');
    }
    await expect(collect(abortable(broken(), new AbortController().signal))).rejects.toThrow('gone');
  });

  it('ends while a chunk is awaited, between chunks, and before the first', async () => {
    const silent = {
      [Symbol.asyncIterator]: () => ({ next: () => new Promise<IteratorResult<number>>(() => undefined) }),
    };
    const abort = new AbortController();
    const reading = collect(abortable(silent, abort.signal));
    abort.abort(new Error('enough'));
    await expect(reading).rejects.toThrow('enough');

    const between = new AbortController();
    let closed = false;
    async function* endless() {
      try {
        for (;;) yield 1;
      } finally {
        closed = true;
      }
    }
    const iterator = abortable(endless(), between.signal);
    await iterator.next();
    between.abort(new Error('enough'));
    await expect(iterator.next()).rejects.toThrow('enough');
    expect(closed).toBe(true);
    await expect(abortable(endless(), AbortSignal.abort(new Error('at once'))).next()).rejects.toThrow('at once');
  });
});
