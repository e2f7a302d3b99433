/** Text for people: safe on a terminal, which acts on control characters, and in a shell it is pasted into; painted, counted. */
import { styleText } from 'node:util';

/** Control characters, bidirectional overrides and what nobody would see become `\u{...}`. */
export const printable = (text: string): string =>
  text.replaceAll(UNPRINTABLE, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);

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

/** An argument that a POSIX shell reads as one word. */
export function shellWord(text: string): string {
  if (printable(text) === text) return PLAIN_WORD.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
  // Whoever pastes it gets the same bytes, and whoever sees it none that a terminal acts on; not every shell knows `$'…'`.
  const [, body = '', end = ''] = /^([^]*?)(\n*)$/.exec(text)!;
  const shown = `"$(printf %b '${[...Buffer.from(body)].map(quotedByte).join('')}')"`;
  // A substitution would lose them.
  return end === '' ? shown : `${shown}'${end}'`;
}

const PLAIN_WORD = /^[\w./:=@%+,-]+$/;

/** For `%b`: up to three octal digits behind a zero. */
function quotedByte(byte: number): string {
  const character = String.fromCharCode(byte);
  return PLAIN_WORD.test(character) ? character : `\\0${byte.toString(8).padStart(3, '0')}`;
}

/** A command of ours as it must be typed here; `name` is the environment's `command`. */
export const asTyped = (command: string, name: string): string => command.replace(/^tpe /, `${name} `);

const FORMATS = ['bold', 'dim', 'red', 'green', 'yellow'] as const;

/** Colour where it helps and is wanted; `columns` of the terminal, 80 where there is none. */
export type Style = Readonly<Record<(typeof FORMATS)[number], (text: string) => string>> & { readonly columns: number };

export function styleFor(colour: boolean, columns = 80): Style {
  // The stream has been judged already: the caller says.
  const paint = FORMATS.map((format) => [
    format,
    (text: string) => (colour && text !== '' ? styleText(format, text, { validateStream: false }) : text),
  ]);
  return { ...(Object.fromEntries(paint) as Omit<Style, 'columns'>), columns };
}
