import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseJson } from '../../../../src/protocol/wire/parse-json.ts';

/** Keys that differ in one escape: those that V8 takes for each other. */
const name = fc.string({
  unit: fc.constantFrom('\\', '"', '\n', '\u0000', 'a', 'é', '\u{1F600}', '\uE000', ':'),
  maxLength: 3,
});
const value: fc.Memo<unknown> = fc.memo((depth) =>
  depth === 0
    ? fc.oneof(name, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constant(null))
    : fc.oneof(
        name,
        fc.array(value(depth - 1), { maxLength: 3 }),
        fc
          .uniqueArray(fc.tuple(name, value(depth - 1)), { maxLength: 3, selector: ([key]) => key })
          .map(Object.fromEntries),
      ),
);

it('reads every key as it was written, whatever was read before', () => {
  fc.assert(
    fc.property(value(2), fc.constantFrom(undefined, 1), (given, indent) => {
      const text = JSON.stringify(given, undefined, indent);
      // What is written out again is compared: how it is written does not depend on how it is read.
      expect(JSON.stringify(parseJson(text), undefined, indent)).toBe(text);
    }),
    { numRuns: 5_000 },
  );
});

it('keeps two keys apart that V8 13.6 takes for one', () => {
  parseJson('{"a":1,"\\\\":2}');
  expect(Object.keys(parseJson('{"a":1,"\\"":2}') as object)).toEqual(['a', '"']);
});

it.each(['{"a\\":1}', '{"\\x":1}', '["\\"', '{"\\"":}', '', '\\'])('refuses %j as JSON.parse does', (text) => {
  const told = (parse: (text: string) => unknown) => {
    try {
      return parse(text);
    } catch (error) {
      return String(error);
    }
  };
  expect(told(parseJson)).toBe(told(JSON.parse));
});

it('keeps `__proto__` a key, the last of two values, and what a reviver makes of numbers', () => {
  const parsed = parseJson('{"__proto__":{"\\u0062":1},"\\"":1,"\\"":2}') as Record<string, unknown>;
  expect(Object.keys(parsed)).toEqual(['__proto__', '"']);
  expect(parsed['"']).toBe(2);
  expect(parseJson('{"\\"":1.50}', (_, part, { source }) => (typeof part === 'number' ? source : part))).toEqual({
    '"': '1.50',
  });
});

it('does not run out of stack on deep nesting', () => {
  const deep = `${'['.repeat(100_000)}{"\\"":1}${']'.repeat(100_000)}`;
  expect(() => parseJson(deep)).not.toThrow();
});

it('takes as long for a text of the marks that it puts in as for any other', () => {
  const text = JSON.stringify({ a: '\uE000'.repeat(340_000), '\n': 1 });
  const before = process.cpuUsage();
  expect(JSON.stringify(parseJson(text))).toBe(text);
  const { user, system } = process.cpuUsage(before);
  // Processor time: with each mark tried in turn it was 20 s.
  expect((user + system) / 1_000).toBeLessThan(2_000);
});
