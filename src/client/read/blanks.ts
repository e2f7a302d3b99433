/** Blanks and marks that nobody sees: white space, no-break spaces, byte order marks, zero-width characters, direction marks. */

/** A character class. */
export const BLANK =
  '[\\s\\u0085\\u00AD\\u061C\\u180E\\u200B-\\u200F\\u2028-\\u202E\\u2060-\\u2064\\u2066-\\u206F\\uFEFF]';
const ENDS = new RegExp(`^${BLANK}+|${BLANK}+$`, 'gu');
const INVISIBLE = /[\u0085\u00AD\u061C\u180E\u200B-\u200F\u2028-\u202E\u2060-\u2064\u2066-\u206F\uFEFF]/u;

export const trimmed = (text: string): string =>
  isVisible(text.charCodeAt(0)) && isVisible(text.charCodeAt(text.length - 1)) ? text : text.replace(ENDS, '');

/** The first invisible character of a text without blanks at its ends. */
export const invisibleIn = (text: string): string | undefined => INVISIBLE.exec(text)?.[0];

/** `a no-break space (U+00A0)` */
export function nameOfBlank(character: string): string {
  const code = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
  return `${NAMES.get(code) ?? 'an invisible character'} (U+${code})`;
}

/** Printable ASCII; false where there is no character. */
const isVisible = (code: number): boolean => code > 0x20 && code < 0x7f;

const NAMES: ReadonlyMap<string, string> = new Map([
  ['0009', 'a tab'],
  ['0020', 'a blank'],
  ['00A0', 'a no-break space'],
  ['00AD', 'a soft hyphen'],
  ['200B', 'a zero-width space'],
  ['200E', 'a left-to-right mark'],
  ['200F', 'a right-to-left mark'],
  ['202F', 'a narrow no-break space'],
  ['3000', 'an ideographic space'],
  ['FEFF', 'a byte order mark'],
]);
