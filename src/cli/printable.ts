/** Text from files and servers, made safe to show: a terminal acts on control characters. */

/** Control characters, bidirectional overrides and what nobody would see become `\u{...}`. */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}

const UNPRINTABLE =
  // oxlint-disable-next-line no-control-regex -- they are what this is about
  /[\u0000-\u001F\u007F-\u00A0\u00AD\u061C\u180E\u200B-\u200F\u2028-\u202E\u2060-\u2064\u2066-\u206F\uFEFF]/g;

/** At most `length` characters, the cut marked. */
export function shortened(text: string, length: number): string {
  const characters = Array.from(printable(text));
  return characters.length <= length ? characters.join('') : `${characters.slice(0, length - 1).join('')}…`;
}
