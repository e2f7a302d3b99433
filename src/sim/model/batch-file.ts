/** Reads a batch file the slow way, from the sentences of the catalogue: all bytes in hand, one line after the other. */
import {
  BATCH_FILE_BYTES_LIMIT,
  BATCH_FILE_BYTES_WARN,
  BATCH_PREFIX,
  BATCH_ROWS_MAX,
  COLUMNS_MAX,
  DELIVERY_ID_LENGTH_MAX,
  HEADER_ROW_BYTES_MAX,
  MBOX_NAME_LENGTH_MAX,
  MBOX_VALUE_LENGTH_MAX,
  THIRD_PARTY_ID_LENGTH_MAX,
} from '../../protocol/vocabulary/index.ts';
import type { Api, Diagnostic, RuleId, Settings, VisitorIdKind } from '../../protocol/vocabulary/index.ts';

export interface ModelFile {
  readonly kind: 'file';
  readonly idKind: VisitorIdKind;
  /** Row 1 is at index 0. */
  readonly rows: readonly ModelRow[];
  /** What each row has for an id: decoded, or as it stands where it cannot be. */
  readonly ids: readonly string[];
  readonly notes: readonly Diagnostic[];
}

export type ModelRow =
  | { readonly kind: 'row'; readonly id: string; readonly values: readonly NamedValue[] }
  | { readonly kind: 'failed'; readonly rule: RuleId; readonly column: number }
  | { readonly kind: 'ignored' };

export interface NamedValue {
  readonly name: string;
  readonly value: string;
}

export interface ModelRejection {
  readonly kind: 'rejection';
  readonly rule: RuleId;
}

export function readBatchFile(file: Uint8Array, api: Api, settings: Settings): ModelFile | ModelRejection {
  const notes: Diagnostic[] = [];
  // lim-file-size, our-size-boundary: "less than 50 MB" is read as 50 MiB, noted from 50,000,000 bytes; or as these.
  const limit = settings.sizeLimit === '50-mb' ? BATCH_FILE_BYTES_WARN : BATCH_FILE_BYTES_LIMIT;
  if (file.length >= limit) return rejection('lim-file-size');
  if (file.length >= BATCH_FILE_BYTES_WARN) notes.push({ rule: 'lim-file-size' });
  let bytes = latin(file);
  if (bytes.startsWith('\xef\xbb\xbf')) {
    // our-byte-order-mark: one is taken off and noted; strict mode refuses it.
    if (settings.byteOrderMark === 'refuse') return rejection('our-byte-order-mark');
    notes.push({ rule: 'our-byte-order-mark' });
    bytes = bytes.slice(3);
  }
  // body-batch-prefix: mandatory at the very start. err-batch-missing: without it there is no parameter.
  if (!bytes.startsWith(BATCH_PREFIX)) return rejection('err-batch-missing');
  bytes = bytes.slice(BATCH_PREFIX.length);
  // our-body-reading: enc-two-readings speaks of the file as it was sent, as far as it is read: up to the cell with `&`.
  const isCut = settings.body === 'form' && bytes.includes('&');
  const asSent = nonBlankLines(isCut ? `${upToAmpersand(bytes)}&` : bytes);
  asSent.forEach((line, row) => notes.push(...ambiguousCells(line, row)));
  const lines = settings.body === 'form' ? nonBlankLines(decodedAsForm(bytes)) : asSent;
  // err-batch-missing: an empty parameter is as good as none.
  const [first, ...dataLines] = lines;
  if (first === undefined) return rejection('err-batch-missing');
  // our-columns-max
  if (cellsOf(first).length > COLUMNS_MAX || first.length > HEADER_ROW_BYTES_MAX) return rejection('our-columns-max');
  const header = readHeader(first);
  if (header.kind === 'rejection') return header;
  notes.push(...header.notes);
  // lim-rows: data rows only.
  if (dataLines.length > BATCH_ROWS_MAX) return rejection('lim-rows');
  // our-header-only, body-newlines-kept: `curl --data` removes the line breaks, and all rows with them.
  if (dataLines.length === 0) notes.push({ rule: 'body-newlines-kept' });
  // key-ecid-guidance: with ECID implementations, pcId is not for v2.
  if (api === 'v2' && header.idKind === 'pcId') notes.push({ rule: 'key-ecid-guidance', row: 0 });
  // our-v1-third-party-id
  if (api === 'v1' && header.idKind === 'thirdPartyId') notes.push({ rule: 'our-v1-third-party-id', row: 0 });
  const rows = dataLines.map((line, index) => readRow(line, index + 1, header, settings, notes));
  const ids = dataLines.map((line) => shownId(cellsOf(line)[0]!));
  return { kind: 'file', idKind: header.idKind, rows, ids, notes };
}

interface Header {
  readonly kind: 'header';
  readonly idKind: VisitorIdKind;
  /** One for each column, the key included; undefined where the name is blank. */
  readonly names: readonly (string | undefined)[];
  readonly notes: readonly Diagnostic[];
}

function readHeader(line: string): Header | ModelRejection {
  const notes: Diagnostic[] = [];
  const names: string[] = [];
  for (const cell of cellsOf(line)) {
    const name = decodeCell(cell);
    // hdr-encoded: raw or escaped, names are UTF-8.
    if (name === undefined) return rejection('hdr-encoded');
    names.push(name);
  }
  // hdr-key-first, hdr-case, hdr-3rd-name, hdr-no-ecid: exactly one of two words.
  const key = names[0];
  if (key !== 'pcId' && key !== 'thirdPartyId') return rejection('hdr-key-first');
  names.forEach((name, index) => {
    if (index === 0) return;
    // our-column-names: blank and repeated names are noted; `profile.x` is kept as it stands.
    const repeated = names.indexOf(name, 1) < index;
    if (name === '' || repeated) notes.push({ rule: 'our-column-names', row: 0, column: index + 1 });
    // hdr-paramname-only, hdr-name-len: advice.
    if (name.startsWith('profile.')) notes.push({ rule: 'hdr-paramname-only', row: 0, column: index + 1 });
    if ([...name].length > MBOX_NAME_LENGTH_MAX) notes.push({ rule: 'hdr-name-len', row: 0, column: index + 1 });
    // our-second-id, our-reserved-names: advice too.
    if (ID_NAMES.has(name.toLowerCase())) notes.push({ rule: 'our-second-id', row: 0, column: index + 1 });
    if (['user', 'entity'].some((word) => name.startsWith(`${word}.`)))
      notes.push({ rule: 'our-reserved-names', row: 0, column: index + 1 });
    // ca-page-readonly: a profile attribute all the same.
    if (name.startsWith('crs.')) notes.push({ rule: 'ca-page-readonly', row: 0, column: index + 1 });
  });
  return { kind: 'header', idKind: key, names: names.map((name) => (name === '' ? undefined : name)), notes };
}

function readRow(line: string, row: number, header: Header, settings: Settings, notes: Diagnostic[]): ModelRow {
  // our-not-utf8: judged before any cell.
  if (decodeUtf8(line) === undefined) return failed('our-not-utf8', 0);
  notes.push(...cutCells(line, row));
  const cells = cellsOf(line);
  const id = decodeCell(cells[0]!);
  // our-undecodable, our-blank-key: the key first.
  if (id === undefined) return failed('our-undecodable', 1);
  if (id === '') return failed('our-blank-key', 1);
  if (header.idKind === 'thirdPartyId' && settings.illegalIds === 'fail') {
    // key-3rd-len, key-3rd-chars: judged on the decoded id.
    if ([...id].length > THIRD_PARTY_ID_LENGTH_MAX) return failed('key-3rd-len', 1);
    if (id.includes('+') || id.includes('/')) return failed('key-3rd-chars', 1);
  }
  // our-quoted-cell: of an id that holds; our-encoded-twice: what is decoded and looks as if it were not.
  if (id[0] === '"') notes.push({ rule: 'our-quoted-cell', row, column: 1 });
  // our-pcid-length: advice.
  if (header.idKind === 'pcId' && [...id].length > DELIVERY_ID_LENGTH_MAX)
    notes.push({ rule: 'our-pcid-length', row, column: 1 });
  const values = new Map<string, string>();
  for (let index = 1; index < cells.length; index += 1) {
    const name = header.names[index];
    if (name === undefined) continue; // our-surplus-cells, our-column-names: never decoded
    const value = decodeCell(cells[index]!);
    // our-undecodable: of the cells under a named column, the first one tells.
    if (value === undefined) return failed('our-undecodable', index + 1);
    // empty-ignored: as if the cell were not there. empty-null-word: the four letters are a value; lim-value-256: so is a long text.
    if (value === '') continue;
    if (value === 'null') notes.push({ rule: 'empty-null-word', row, column: index + 1 });
    // our-placeholder-words
    if (PLACEHOLDERS.has(value)) notes.push({ rule: 'our-placeholder-words', row, column: index + 1 });
    if ([...value].length > MBOX_VALUE_LENGTH_MAX) notes.push({ rule: 'lim-value-256', row, column: index + 1 });
    if (value[0] === '"') notes.push({ rule: 'our-quoted-cell', row, column: index + 1 });
    if (/%(?:2[\da-f]|[3-7][a-f]|[89a-f][\da-f]|0[ad])/i.test(value))
      notes.push({ rule: 'our-encoded-twice', row, column: index + 1 });
    // our-empty-words: by setting these are as good as no cell.
    if (EMPTY_WORDS[settings.empties].test(value)) continue;
    // our-column-names: the last non-empty cell of a repeated name wins, in its own place.
    values.delete(name);
    values.set(name, value);
  }
  // our-surplus-cells: cells beyond the columns; empty-ignored: an empty one is as good as none.
  const surplus = cells.findIndex((cell, index) => index >= header.names.length && cell !== '');
  if (surplus !== -1) {
    if (settings.surplusCells === 'fail') return failed('our-surplus-cells', surplus + 1);
    notes.push({ rule: 'our-surplus-cells', row, column: surplus + 1 });
  }
  // empty-only-skipped
  if (values.size === 0) return { kind: 'ignored' };
  return { kind: 'row', id, values: [...values].map(([name, value]) => ({ name, value })) };
}

const ID_NAMES = new Set([
  'pcid',
  'thirdpartyid',
  'mboxpc',
  'mbox3rdpartyid',
  'tntid',
  'marketingcloudvisitorid',
  'mboxmcgvid',
  'ecid',
]);
const PLACEHOLDERS = new Set(['NULL', 'None', 'nil', 'NaN', 'N/A', 'undefined', '(null)', '[object Object]']);
const EMPTY_WORDS = { missing: /^$/, quotes: /^(|"")$/, words: /^(|""|null|NULL|undefined| +)$/ };

/** our-cut-cells: opened by one cell, and closed by a later one. */
function cutCells(line: string, row: number): Diagnostic[] {
  const cells = cellsOf(line);
  const lastHalf = cells.findLastIndex((cell) => cell.length > 1 && !cell.startsWith('"') && cell.endsWith('"'));
  return cells.flatMap((cell, index) => {
    const isOpen = cell.startsWith('"') && (cell === '"' || !cell.endsWith('"'));
    return isOpen && index < lastHalf ? [{ rule: 'our-cut-cells' as const, row, column: index + 1 }] : [];
  });
}

function shownId(cell: string): string {
  return decodeCell(cell) ?? asItStands.decode(Uint8Array.from(cell, (character) => character.charCodeAt(0)));
}

/** our-line-ends: LF or CRLF; lines of nothing but blanks are not there. */
function nonBlankLines(bytes: string): string[] {
  return bytes
    .split('\n')
    .map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line))
    .filter((line) => withoutBlanks(line) !== '');
}

/** our-body-reading, read as a form parameter: decoded before it is split, the escapes that cannot split left alone. */
function decodedAsForm(bytes: string): string {
  return upToAmpersand(bytes)
    .replaceAll('+', '%20')
    .replaceAll(/%2c/gi, ',')
    .replaceAll(/%0a/gi, '\n')
    .replaceAll(/%0d/gi, '\r');
}

function upToAmpersand(bytes: string): string {
  return bytes.split('&')[0]!;
}

/** enc-two-readings: cells that the two readings would split or decode differently. */
function ambiguousCells(line: string, row: number): Diagnostic[] {
  return cellsOf(line).flatMap((cell, index) =>
    /[+&]|%2c|%0a|%0d/i.test(cell) ? [{ rule: 'enc-two-readings' as const, row, column: index + 1 }] : [],
  );
}

/** body-pure-file: a comma always separates; `"` is an ordinary character. our-trimmed-blanks: 0x20 at both ends. */
function cellsOf(line: string): string[] {
  return line.split(',').map(withoutBlanks);
}

function withoutBlanks(text: string): string {
  return text.replace(/^ +/, '').replace(/ +$/, '');
}

/** enc-utf8-percent: decoded once; `+` stays `+`. Undefined when it cannot be decoded. */
function decodeCell(cell: string): string | undefined {
  let bytes = '';
  for (let index = 0; index < cell.length; index += 1) {
    if (cell[index] !== '%') {
      bytes += cell[index];
      continue;
    }
    const hex = cell.slice(index + 1, index + 3);
    if (!/^[0-9a-fA-F]{2}$/.test(hex)) return undefined;
    bytes += String.fromCharCode(Number.parseInt(hex, 16));
    index += 2;
  }
  return decodeUtf8(bytes);
}

/** One character for each byte, so that everything above is about bytes. */
function latin(bytes: Uint8Array): string {
  let text = '';
  for (let start = 0; start < bytes.length; start += 4096) {
    text += String.fromCharCode(...bytes.subarray(start, start + 4096));
  }
  return text;
}

/** A byte order mark within a file is a character like any other. */
const asItStands = new TextDecoder('utf-8', { ignoreBOM: true });
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeUtf8(bytes: string): string | undefined {
  // ASCII is its own decoding.
  if (!/[\x80-\xff]/.test(bytes)) return bytes;
  try {
    return utf8.decode(Uint8Array.from(bytes, (character) => character.charCodeAt(0)));
  } catch {
    return undefined;
  }
}

function rejection(rule: RuleId): ModelRejection {
  return { kind: 'rejection', rule };
}

function failed(rule: RuleId, column: number): ModelRow {
  return { kind: 'failed', rule, column };
}
