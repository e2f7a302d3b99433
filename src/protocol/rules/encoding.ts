/** Percent-encoding: the file's only escape, decoded once. */
import { BULK, type DecidingRule, type Rule } from './rule.ts';

/** A trimmed raw cell to its value; undefined where its escapes are not UTF-8. */
export const encUtf8Percent: DecidingRule<(cell: string) => string | undefined> = {
  id: 'enc-utf8-percent',
  statement: 'Names and values in the file are percent-encoded UTF-8, decoded once before they are stored.',
  source: 'BULK; TT-B; WDT (enc-pipe-roundtrip)',
  confidence: 'documented',
  versions: BULK,
  decide(cell) {
    if (!cell.includes('%')) return cell;
    try {
      return decodeURIComponent(cell);
    } catch {
      return undefined;
    }
  },
};

export const ourUndecodable: Rule = {
  id: 'our-undecodable',
  statement: 'A row with an undecodable percent sequence in its id or under a named column fails; the batch goes on.',
  source: 'Q19',
  confidence: 'ours',
  versions: BULK,
};

export const ourNotUtf8: Rule = {
  id: 'our-not-utf8',
  statement: 'A row with raw bytes that are not UTF-8 fails as undecodable, before its cells are looked at.',
  source: 'Q33',
  confidence: 'ours',
  versions: BULK,
};

export const ourTrimmedBlanks: DecidingRule<(cell: string) => string> = {
  id: 'our-trimmed-blanks',
  statement: 'Blanks (0x20) at both ends of a raw cell or name are taken off before it is decoded.',
  source: 'Q29; body-spaces',
  confidence: 'ours',
  versions: BULK,
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
  source: 'BULK; TT-B; Q1',
  confidence: 'inferred',
  versions: BULK,
  setting: 'body',
  note: '`%25` and `%26` mean the same in both readings, since each decodes once and a form is split at raw `&` only.',
  decide: (cell) => DIFFERS_AS_FORM.test(cell),
};

const DIFFERS_AS_FORM = /[+&]|%2c|%0a|%0d/i;
