/**
 * JSON from outside, whose keys are anybody's names. `JSON.parse` of V8 13.6 (Node 24.21) mistakes some keys with escapes for
 * others that it met before: after `{"a":1,"\\":2}` it reads the second key of `{"a":1,"\"":2}` as a backslash.
 */

type Reviver = (this: unknown, key: string, value: unknown, context: { readonly source: string }) => unknown;

declare global {
  interface JSON {
    /** With the source text of a primitive (ES2026). */
    parse(text: string, reviver: Reviver): unknown;
  }
}

/** As `JSON.parse`; where a key holds an escape, `reviver` sees another in its place. Throws a `SyntaxError`. */
export function parseJson(text: string, reviver?: Reviver): unknown {
  const parse = (json: string): unknown => (reviver === undefined ? JSON.parse(json) : JSON.parse(json, reviver));
  if (!text.includes('\\')) return parse(text);
  const mark = unusedMark(text);
  const names: string[] = [];
  const marked = text.replaceAll(STRINGS, (literal: string, string: string, colon: string | undefined) => {
    if (colon === undefined || !string.includes('\\')) return literal;
    names.push(string);
    return `"${mark}${names.length - 1}"${colon}`;
  });
  // Also where it is no JSON: what is wrong is told of the text as it was given.
  if (names.length === 0) return parse(text);
  let parsed: unknown;
  try {
    // Read as values, they are read right.
    const keys = JSON.parse(`[${names.join(',')}]`) as string[];
    parsed = renamed(parse(marked), mark, keys);
  } catch {
    return parse(text);
  }
  return parsed;
}

/** Every string, so that none begins within another; a key is followed by a colon. */
const STRINGS = /("(?:[^"\\]|\\[^])*")(\s*:)?/g;

/** Longer than any run of it in the text. */
function unusedMark(text: string): string {
  let longest = 0;
  for (const [run] of text.matchAll(/\uE000+/g)) longest = Math.max(longest, run.length);
  return '\uE000'.repeat(longest + 1);
}

/** In place, and without recursion: how deep it is nested is up to the sender. */
function renamed(value: unknown, mark: string, keys: readonly string[]): unknown {
  const open = [value];
  while (open.length > 0) {
    const part = open.pop();
    if (typeof part !== 'object' || part === null) continue;
    for (const inner of Object.values(part)) open.push(inner);
    if (!Object.keys(part).some((key) => key.startsWith(mark))) continue;
    const entries = Object.entries(part);
    for (const [key] of entries) Reflect.deleteProperty(part, key);
    for (const [key, inner] of entries) {
      const name = key.startsWith(mark) ? keys[Number(key.slice(mark.length))]! : key;
      // Assigned, `__proto__` would be no key.
      Object.defineProperty(part, name, { value: inner, writable: true, enumerable: true, configurable: true });
    }
  }
  return value;
}

/** Of JSON and its value: a key that stands in one object twice, by its name where that is known. `JSON.parse` keeps the last and says nothing. */
export function repeatedKey(text: string, value: object): { readonly name?: string } | undefined {
  const keys = keysWritten(text);
  if (keys.length === countKeys(value)) return undefined;
  const name = keys.find((key, index) => keys.indexOf(key) < index);
  return name === undefined ? {} : { name };
}

/** Of valid JSON: texts followed by a colon, as they are written. Any that stands twice may stand in two objects. */
function keysWritten(content: string): string[] {
  const texts = content.matchAll(/"([^"\\]*(?:\\.[^"\\]*)*)"(\s*:)?/g);
  return [...texts].flatMap(([, text, colon]) => (colon === undefined ? [] : [text!]));
}

/** Without recursion: a line may nest as deeply as it is long. */
function countKeys(value: object): number {
  let count = 0;
  const open: object[] = [value];
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    const parts: unknown[] = Object.values(part);
    if (!Array.isArray(part)) count += parts.length;
    for (const inner of parts) if (typeof inner === 'object' && inner !== null) open.push(inner);
  }
  return count;
}
