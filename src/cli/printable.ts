/** Text from files and servers, made safe to show: a terminal acts on control characters. */

/** Control characters, bidirectional overrides and what nobody would see become `\u{...}`. */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}

const UNPRINTABLE =
  // oxlint-disable-next-line no-control-regex -- they are what this is about
  /[\u0000-\u001F\u007F-\u00A0\u00AD\u061C\u180E\u200B-\u200F\u2028-\u202E\u2060-\u2064\u2066-\u206F\uFEFF]/g;

/** The same with every text in a value, for what a server told. */
export function printableIn<Value>(value: Value): Value {
  if (typeof value === 'string') return printable(value) as Value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((each) => printableIn<unknown>(each)) as Value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [printable(name), printableIn<unknown>(each)]),
  ) as Value;
}

/** JSON that says the same, with nothing in it that a terminal acts on. */
export function jsonText(value: unknown, indent?: number): string {
  const escaped = (character: string) =>
    character === '\n' ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value, undefined, indent).replaceAll(UNPRINTABLE, escaped);
}

/** At most `length` characters, the cut marked. */
export function shortened(text: string, length: number): string {
  const characters = Array.from(printable(text));
  return characters.length <= length ? characters.join('') : `${characters.slice(0, length - 1).join('')}…`;
}

/** `1 row`, `2 rows`. */
export const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** `false` and undefined are none. */
export type Line = string | false | undefined;

/** A text of those lines that there are. */
export function linesText(...lines: readonly (Line | readonly Line[])[]): string {
  const there = lines.flat().filter((line) => typeof line === 'string');
  return there.map((line) => `${line}\n`).join('');
}
