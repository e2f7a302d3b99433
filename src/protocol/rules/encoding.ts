/** Percent-encoding: the file's only escape, decoded once. */
import type { Rejection } from '../vocabulary/index.ts';
import { BULK, type DecidingRule, documented, inferred, ours, refuse } from './rule.ts';

/** A trimmed raw cell to its value; undefined where its escapes are not UTF-8. */
export const encUtf8Percent: DecidingRule<(cell: string) => string | undefined> = {
  id: 'enc-utf8-percent',
  statement: 'Names and values in the file are percent-encoded UTF-8, decoded once before they are stored.',
  ...documented('BULK; TT-B; WDT (enc-pipe-roundtrip)'),
  note: 'Ours: what does not decode fails its row (our-undecodable).',
  decide: (cell) => decodedCell(cell),
};

/** What rule enc-utf8-percent makes of a cell; `seen` is told of a percent sign in it, so that nobody has to look for one. */
export function decodedCell(cell: string, seen?: { percent: boolean }): string | undefined {
  const escape = cell.indexOf('%');
  if (escape === -1) return cell;
  if (cell.length < SHORT_CELL_LENGTH) {
    const text = decodeShortEscapes(cell, escape, seen);
    if (text !== undefined) return text;
  }
  try {
    const text = decodeURIComponent(cell);
    if (seen !== undefined && text.includes('%')) seen.percent = true;
    return text;
  } catch {
    return undefined;
  }
}

/** Whether a text, decoded, is none that UTF-8 can carry: it holds half a surrogate pair, or bytes that are no character. */
export const ourUndecodable: DecidingRule<(text: string) => boolean> = {
  id: 'our-undecodable',
  statement:
    'What does not decode to UTF-8 is not stored: a row with such an id or value fails and the batch goes on; a single update, a Delivery or an mbox call with such an id or attribute is refused.',
  ...ours('Q19; enc-utf8-percent, sgl-params', ...BULK, 'single-update', 'delivery'),
  fixed: 'What a broken sequence should mean instead has no answer; each is counted and placed.',
  decide: (text) => !text.isWellFormed(),
};

/** What a parameter that does not decode is refused with. */
export const undecodable = (what: string): Rejection =>
  refuse(
    'our-undecodable',
    `${what} does not decode to UTF-8: it would be stored as something else. Encode as UTF-8, then in percent.`,
  );

/** Below this many characters stepping through the escapes was measured to beat `decodeURIComponent`. */
const SHORT_CELL_LENGTH = 64;

/** Characters of one byte or two. Undefined where there is anything else: the general decoder judges such cells. */
function decodeShortEscapes(cell: string, firstEscape: number, seen?: { percent: boolean }): string | undefined {
  let text = '';
  let start = 0;
  for (let escape = firstEscape; escape !== -1; escape = cell.indexOf('%', start)) {
    let code = escapedByte(cell, escape);
    let length = 3;
    // Lower ones are no beginning of anything, or of what one byte could say.
    if (code >= 0xc2 && code <= 0xdf) {
      const second = cell.charCodeAt(escape + 3) === PERCENT ? escapedByte(cell, escape + 3) : -1;
      code = second >= 0x80 && second <= 0xbf ? ((code & 0x1f) << 6) | (second & 0x3f) : -1;
      length = 6;
    } else if (code > 0x7f) {
      return undefined;
    }
    if (code < 0) return undefined;
    if (code === PERCENT && seen !== undefined) seen.percent = true;
    text += cell.slice(start, escape) + String.fromCharCode(code);
    start = escape + length;
  }
  return text + cell.slice(start);
}

const PERCENT = 0x25;

/** -1 where no two digits follow. */
function escapedByte(cell: string, escape: number): number {
  const high = hexDigit(cell.charCodeAt(escape + 1));
  const low = hexDigit(cell.charCodeAt(escape + 2));
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/** -1 for what is no hexadecimal digit, the missing character at a text's end included. */
function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

export const ourTrimmedBlanks: DecidingRule<(cell: string) => string> = {
  id: 'our-trimmed-blanks',
  statement: 'Blanks (0x20) at both ends of a raw cell or name are taken off before it is decoded.',
  ...ours('Q29; body-spaces'),
  fixed: 'Blanks that are meant can be encoded, and old samples carry such that are not.',
  decide(cell) {
    let start = 0;
    let end = cell.length;
    while (start < end && cell.charCodeAt(start) === 0x20) start += 1;
    while (end > start && cell.charCodeAt(end - 1) === 0x20) end -= 1;
    return start === 0 && end === cell.length ? cell : cell.slice(start, end);
  },
};

/** Whether a raw cell means something else when the body is decoded as a form parameter before it is split. */
export const encTwoReadings: DecidingRule<(cell: string) => boolean> = {
  id: 'enc-two-readings',
  statement:
    'Read raw, cells are split and then decoded; read as a form parameter, the whole is decoded first. The readings differ where a cell holds `+`, a raw `&`, or an encoded comma or line break.',
  ...inferred('BULK; TT-B; Q1'),
  setting: 'body',
  note: '`%25` and `%26` mean the same in both readings, since each decodes once and a form is split at raw `&` only.',
  decide: (cell) => DIFFERS_AS_FORM.test(cell),
};

/** A trimmed raw cell, and whether a later one of its row could be the other half of it. */
export const ourCutCells: DecidingRule<(cell: string, laterCloses: boolean) => boolean> = {
  id: 'our-cut-cells',
  statement:
    'A cell is noted that opens with a quotation mark which a later cell closes: a comma within quotes cut it.',
  ...ours('no document; body-pure-file, enc-sample-unencoded'),
  fixed: 'It is a note and changes no answer.',
  decide: (cell, laterCloses) => laterCloses && ourQuotedCell.decide(cell) && !closesQuotes(cell),
};

/** `"` alone closes nothing, and `"a"` nothing but itself. */
export const closesQuotes = (cell: string): boolean => cell.length > 1 && cell.endsWith('"');

const DIFFERS_AS_FORM = /[+&]|%(?:2[Cc]|0[AaDd])/;

export const ourQuotedCell: DecidingRule<(text: string) => boolean> = {
  id: 'our-quoted-cell',
  statement: 'A batch file knows no quotes: one at the start of an id or value is part of it, and is noted.',
  ...ours('no document; enc-utf8-percent, body-pure-file'),
  fixed: 'A note changes nothing of what is stored.',
  decide: (text) => text.startsWith('"'),
};

export const ourEncodedTwice: DecidingRule<(value: string) => boolean> = {
  id: 'our-encoded-twice',
  statement: 'A value is decoded once; one that then still looks percent-encoded is noted.',
  ...ours('no document; enc-utf8-percent, enc-pipe-roundtrip'),
  fixed: 'A note changes nothing of what is stored.',
  decide: (value) => value.includes('%') && STILL_ENCODED.test(value),
};

/** An escape of something that has to be escaped. */
const STILL_ENCODED = /%(?:2[0-9A-Fa-f]|[3-7][A-Fa-f]|[89A-Fa-f][0-9A-Fa-f]|0[ADad])/;
