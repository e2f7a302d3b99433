/** Looks at ids and values that can be sent for what was hardly meant. */
import { encTwoReadings } from '../../protocol/rules/encoding.ts';
import { emptyNullWord } from '../../protocol/rules/empty-values.ts';
import { limValue256 } from '../../protocol/rules/limits.ts';
import { invisibleIn } from '../read/blanks.ts';
import type { WarningCollector } from './input-warning.ts';

/** `name` is the id column's. */
export function noteId(id: string, name: string, line: number, warnings: WarningCollector): void {
  if (PLACEHOLDER.test(id)) warnings.row('placeholder-id', line, name);
  if (SPREADSHEET.test(id)) warnings.row('spreadsheet-value', line, name);
  if (OTHER_QUOTES.test(id)) warnings.row('quoted-value', line, name);
  if (NOT_PLAIN.test(id)) noteCharacters(id, name, line, warnings);
  if (ASCII.test(id)) return;
  if (invisibleIn(id) !== undefined) warnings.row('hidden-character', line, name);
  if (id.normalize() !== id) warnings.row('decomposed-id', line, name);
}

/** Whether `noteId` has something to say. `isUnescaped` where a batch file has the id as it is. */
export function isOddId(id: string, isUnescaped: boolean): boolean {
  if (!isUnescaped && !PLAIN_ID.test(id)) return true;
  if (!mayBeOddId(id.charCodeAt(0))) return false;
  return PLACEHOLDER.test(id) || SPREADSHEET.test(id) || OTHER_QUOTES.test(id);
}

/** By its first character, which placeholders, spreadsheet values and quotes have in common: that spares three looks at all. */
export const mayBeOddId = (first: number) => ODD_START[first] === 1 || first > 0x7f;

const ODD_START = Uint8Array.from({ length: 128 }, (_, code) =>
  /[nutagvex0-9+\-=#([?'`]/i.test(String.fromCharCode(code)) ? 1 : 0,
);

export function noteValue(value: string, name: string, line: number, warnings: WarningCollector): void {
  if (limValue256.decide(value)) warnings.row('long-value', line, name);
  if (value.length === 4 && emptyNullWord.decide(value.toLowerCase())) warnings.row('null-word', line, name);
  if (SPREADSHEET.test(value)) warnings.row('spreadsheet-value', line, name);
  if (OTHER_QUOTES.test(value)) warnings.row('quoted-value', line, name);
  if (NOT_PLAIN.test(value)) noteCharacters(value, name, line, warnings);
}

/** True for every value without commas and control characters that `noteValue` has something to say about, and few others. */
export function isSuspect(bytes: Buffer, start: number, end: number): boolean {
  const length = end - start;
  if (length > 256) return true;
  const first = bytes[start]!;
  if (LOOK_CLOSER[first] === 0) return false;
  if (first === LOWER_N || first === UPPER_N) return length === 4;
  if (first > NINE || first < PLUS) return true;
  // A number: only its exponent is of interest.
  if (length < 4) return false;
  let at = start + 1;
  while (at < end && bytes[at]! <= NINE) at += 1;
  return at < end && (bytes[at]! | LOWER_CASE) === LOWER_E;
}

function noteCharacters(text: string, name: string, line: number, warnings: WarningCollector): void {
  if (text.includes('\uFFFD')) warnings.row('lost-character', line, name);
  if (text.includes('\uFEFF')) warnings.row('hidden-character', line, name);
  if (CONTROL.test(text)) warnings.row('control-character', line, name);
  if (encTwoReadings.decide(encodeURIComponent(text))) warnings.row('two-readings', line, name);
}

const PLACEHOLDER =
  /^(?:null|undefined|none|nil|nan|n\/a|na|#n\/a|\(null\)|\(not set\)|not set|\(none\)|test|unknown|anonymous|guest|void|empty|-+|\?+|x{3,}|0+|\[object object\])$/i;
const SPREADSHEET =
  /^(?:[+-]?\d+(?:[.,]\d+E[+-]?|E[+-])\d{1,3}|="[^]*"|#(?:REF!|N\/A|VALUE!|NAME\?|DIV\/0!|NUM!|NULL!|SPILL!))$/i;
const OTHER_QUOTES = /^(?:'[^]*'|`[^]*[`']|“[^]*”|„[^]*[“”]|«[^]*»|‘[^]*’)$/;
// oxlint-disable-next-line no-control-regex -- they are what this is about
const CONTROL = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F]/;
// oxlint-disable-next-line no-control-regex -- they are what this is about
const NOT_PLAIN = /[\u0000-\u0008\n-\u001F,\u007F\uFEFF\uFFFD]/;
// oxlint-disable-next-line no-control-regex -- all of ASCII
const ASCII = /^[\u0000-\u007F]*$/;

/** Letters, digits and signs that need no second look. */
const PLAIN_ID = /^[ -+\--~]*$/;

const LOWER_N = 0x6e;
const UPPER_N = 0x4e;
const LOWER_E = 0x65;
const LOWER_CASE = 0x20;
const PLUS = 0x2b;
const NINE = 0x39;
/** By the first byte: of numbers, the word null, quotes, `=` and `#`. */
const LOOK_CLOSER = Uint8Array.from({ length: 256 }, (_, byte) =>
  /[0-9+\-nN'`=#]/.test(String.fromCharCode(byte)) || byte === 0xe2 || byte === 0xc2 ? 1 : 0,
);
