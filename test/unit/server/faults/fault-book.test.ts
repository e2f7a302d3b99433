/** Who draws which fault: occurrences, counts, client codes and bounds. */
import { describe, expect, it } from 'vitest';
import type { ClientCode } from '../../../../src/protocol/vocabulary/index.ts';
import { faultBook } from '../../../../src/server/faults/fault-book.ts';
import { FAULTS, faultSetSchema, type GivenFaults } from '../../../../src/server/faults/fault-set.ts';

const A = 'a' as ClientCode;
const B = 'b' as ClientCode;
const given = (faults: GivenFaults) => faultSetSchema.parse(faults);
const submit = (client: ClientCode, content: string) => ({ client, operation: 'submit', content }) as const;

it('every fault of the list is a field of the set, under its name', () => {
  expect(Object.keys(FAULTS).toSorted()).toEqual(Object.keys(faultSetSchema.shape).toSorted());
});

describe('a draw', () => {
  it('belongs to the content and its occurrence: other contents in between change nothing', () => {
    const drawn = (contents: readonly string[]) => {
      const book = faultBook(5);
      book.set(given({ refuse: { probability: 0.5 } }));
      const byContent = new Map<string, number[]>();
      for (const content of contents) {
        const fired = book.draw(submit(A, content)).length;
        byContent.set(content, [...(byContent.get(content) ?? []), fired]);
      }
      return [...byContent].toSorted();
    };
    const contents = Array.from({ length: 40 }, (_, index) => `file-${index % 8}`);
    expect(drawn(contents.toReversed())).toEqual(drawn(contents));
    expect(new Set(drawn(contents).flatMap(([, fired]) => fired))).toEqual(new Set([0, 1]));
  });

  it('is another for another seed, client code, call, content, occurrence and fault', () => {
    const drawn = (seed: number, client: ClientCode, operation: 'submit' | 'update', content: string) => {
      const book = faultBook(seed);
      book.set(given({ refuse: { probability: 0.5 }, status: { probability: 0.5 } }));
      const occurrences = Array.from({ length: 64 }, () =>
        book.draw({ client, operation, content }).map(({ name }) => name),
      );
      return ['refuse', 'status'].map((name) =>
        occurrences.map((names) => Number(names.includes(name as 'status'))).join(''),
      );
    };
    const one = drawn(1, A, 'submit', 'x');
    expect(drawn(1, A, 'submit', 'x')).toEqual(one);
    const all = [
      ...one,
      ...drawn(2, A, 'submit', 'x'),
      ...drawn(1, B, 'submit', 'x'),
      ...drawn(1, A, 'update', 'x'),
      ...drawn(1, A, 'submit', 'y'),
    ];
    expect(new Set(all).size).toBe(all.length);
    for (const draws of all) expect(draws).toMatch(/01|10/);
  });

  it('fires so many times for a client code, or for each content', () => {
    const book = faultBook(1);
    book.set(given({ refuse: { times: 1 }, status: { times: 1, per: 'content' } }));
    const fired = (client: ClientCode, content: string) =>
      book.draw(submit(client, content)).flatMap((fault) => (fault.fire() ? [fault.name] : []));
    expect(fired(A, 'x')).toEqual(['status', 'refuse']);
    expect(fired(A, 'x')).toEqual([]);
    expect(fired(A, 'y')).toEqual(['status']);
    expect(fired(B, 'x')).toEqual(['status', 'refuse']);
  });

  it('fires once where two calls drew it at the same time', () => {
    const book = faultBook(1);
    book.set(given({ refuse: { times: 1 } }));
    const both = [...book.draw(submit(A, 'x')), ...book.draw(submit(A, 'y'))];
    expect(both.map((fault) => fault.fire())).toEqual([true, false]);
  });
});

describe('the client codes with faults of their own', () => {
  it('are bounded: one more is refused, and none is forgotten', () => {
    const book = faultBook(1, 1);
    expect(book.set(given({ refuse: {} }), A)).toBe('set');
    expect(book.set(given({ stuck: {} }), A)).toBe('set');
    expect(book.set(given({ refuse: {} }), B)).toBe('too-many-clients');
    expect([Object.keys(book.get(A)), book.get(B)]).toEqual([['stuck'], {}]);
    book.set({}, A);
    expect(book.set(given({ refuse: {} }), B)).toBe('set');
  });
});
