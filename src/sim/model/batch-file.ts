/** Reads a batch file the slow way, from the sentences of the catalogue: all bytes in hand, one line after the other. */
import * as limits from '../../protocol/vocabulary/limits.ts';
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
  const limit = settings.sizeLimit === '50-mb' ? limits.BATCH_FILE_BYTES_WARN : limits.BATCH_FILE_BYTES_LIMIT;
  if (file.length >= limit) return rejection('lim-file-size');
  if (file.length >= limits.BATCH_FILE_BYTES_WARN) notes.push({ rule: 'lim-file-size' });
  // One character for each byte, so that everything below is about bytes.
  let bytes = Buffer.from(file).toString('latin1');
  if (bytes.startsWith('\xef\xbb\xbf')) {
    // our-byte-order-mark: one is taken off and noted; strict mode refuses it.
    if (settings.byteOrderMark === 'refuse') return rejection('our-byte-order-mark');
    notes.push({ rule: 'our-byte-order-mark' });
    bytes = bytes.slice(3);
  }
  // body-batch-prefix: mandatory at the very start. err-batch-missing: without it there is no parameter.
  if (!bytes.startsWith(limits.BATCH_PREFIX)) return rejection('err-batch-missing');
  bytes = bytes.slice(limits.BATCH_PREFIX.length);
  // our-body-reading: enc-two-readings speaks of the file as it was sent, as far as it is read: up to the cell with `&`.
  const isCut = settings.body === 'form' && bytes.includes('&');
  const asSent = nonBlankLines(isCut ? `${upToAmpersand(bytes)}&` : bytes);
  asSent.forEach((line, row) => notes.push(...ambiguousCells(line, row)));
  const [header, ...dataLines] = settings.body === 'form' ? nonBlankLines(decodedAsForm(bytes)) : asSent;
  // err-batch-missing: an empty parameter is as good as none.
  if (header === undefined) return rejection('err-batch-missing');
  // our-columns-max
  if (cellsOf(header).length > limits.COLUMNS_MAX || header.length > limits.HEADER_ROW_BYTES_MAX)
    return rejection('our-columns-max');
  const names = cellsOf(header).flatMap((cell) => decodeCell(cell) ?? []);
  // hdr-encoded: raw or escaped, names are UTF-8.
  if (names.length < cellsOf(header).length) return rejection('hdr-encoded');
  // hdr-key-first, hdr-case, hdr-3rd-name, hdr-no-ecid: exactly one of two words.
  const [idKind] = names;
  if (idKind !== 'pcId' && idKind !== 'thirdPartyId') return rejection('hdr-key-first');
  names.forEach((name, index) => {
    if (index > 0) notes.push(...noted(ODD_NAMES, name, 0, index + 1));
    // our-column-names: blank and repeated names are noted.
    if (index > 0 && (name === '' || names.indexOf(name, 1) < index))
      notes.push({ rule: 'our-column-names', row: 0, column: index + 1 });
  });
  // lim-rows: data rows only.
  if (dataLines.length > limits.BATCH_ROWS_MAX) return rejection('lim-rows');
  // our-header-only, body-newlines-kept: `curl --data` removes the line breaks, and all rows with them.
  if (dataLines.length === 0) notes.push({ rule: 'body-newlines-kept' });
  // key-ecid-guidance: with ECID implementations, pcId is not for v2.
  if (api === 'v2' && idKind === 'pcId') notes.push({ rule: 'key-ecid-guidance', row: 0 });
  // our-v1-third-party-id
  if (api === 'v1' && idKind === 'thirdPartyId') notes.push({ rule: 'our-v1-third-party-id', row: 0 });
  const rows = dataLines.map((line, index) => readRow(line, index + 1, names, settings, notes));
  const ids = dataLines.map((line) => shownId(cellsOf(line)[0]!));
  return { kind: 'file', idKind, rows, ids, notes };
}

function readRow(
  line: string,
  row: number,
  names: readonly string[],
  settings: Settings,
  notes: Diagnostic[],
): ModelRow {
  const failed = (rule: RuleId, column: number) => ({ kind: 'failed', rule, column }) as const;
  // our-not-utf8: judged before any cell.
  if (decodeUtf8(line) === undefined) return failed('our-not-utf8', 0);
  const cells = cellsOf(line);
  notes.push(...cutCells(cells, row));
  const id = decodeCell(cells[0]!);
  // our-undecodable, our-blank-key: the key first.
  if (id === undefined) return failed('our-undecodable', 1);
  if (id === '') return failed('our-blank-key', 1);
  const illegal = illegalId(names[0], id, settings);
  if (illegal !== undefined) return failed(illegal, 1);
  // our-quoted-cell: of an id that holds too.
  if (id[0] === '"') notes.push({ rule: 'our-quoted-cell', row, column: 1 });
  // our-pcid-length: advice.
  if (names[0] === 'pcId' && [...id].length > limits.DELIVERY_ID_LENGTH_MAX)
    notes.push({ rule: 'our-pcid-length', row, column: 1 });
  // our-dot-id: advice.
  if (/^\.\.?$/.test(id)) notes.push({ rule: 'our-dot-id', row, column: 1 });
  const values = new Map<string, string>();
  for (let index = 1; index < cells.length; index += 1) {
    const name = names[index] ?? '';
    if (name === '') continue; // our-surplus-cells, our-column-names: never decoded
    const value = decodeCell(cells[index]!);
    // our-undecodable: of the cells under a named column, the first one tells.
    if (value === undefined) return failed('our-undecodable', index + 1);
    // empty-ignored: as if the cell were not there.
    if (value === '') continue;
    notes.push(...noted(ODD_VALUES, value, row, index + 1));
    // our-empty-words: by setting these are as good as no cell.
    if (EMPTY_WORDS[settings.empties].test(value)) continue;
    // our-column-names: the last non-empty cell of a repeated name wins, in its own place.
    values.delete(name);
    values.set(name, value);
  }
  // our-surplus-cells: cells beyond the columns; empty-ignored: an empty one is as good as none.
  const surplus = cells.findIndex((cell, index) => index >= names.length && cell !== '');
  if (surplus !== -1) {
    if (settings.surplusCells === 'fail') return failed('our-surplus-cells', surplus + 1);
    notes.push({ rule: 'our-surplus-cells', row, column: surplus + 1 });
  }
  // empty-only-skipped
  if (values.size === 0) return { kind: 'ignored' };
  return { kind: 'row', id, values: [...values].map(([name, value]) => ({ name, value })) };
}

/** What is taken as it stands, and noted. */
type Oddity = readonly [rule: RuleId, isOdd: (text: string) => boolean];

const ODD_NAMES: readonly Oddity[] = [
  // hdr-paramname-only, hdr-name-len: advice.
  ['hdr-paramname-only', (name) => name.startsWith('profile.')],
  ['hdr-name-len', (name) => [...name].length > limits.MBOX_NAME_LENGTH_MAX],
  // our-second-id, our-reserved-names: advice too.
  [
    'our-second-id',
    (name) => /^(pcid|thirdpartyid|mboxpc|mbox3rdpartyid|tntid|marketingcloudvisitorid|mboxmcgvid|ecid)$/i.test(name),
  ],
  ['our-reserved-names', (name) => name.startsWith('user.') || name.startsWith('entity.')],
  // ca-page-readonly: a profile attribute all the same.
  ['ca-page-readonly', (name) => name.startsWith('crs.')],
];
const ODD_VALUES: readonly Oddity[] = [
  // empty-null-word: the four letters are a value; lim-value-256: so is a long text.
  ['empty-null-word', (value) => value === 'null'],
  ['lim-value-256', (value) => [...value].length > limits.MBOX_VALUE_LENGTH_MAX],
  // our-placeholder-words
  ['our-placeholder-words', (value) => /^(NULL|None|nil|NaN|N\/A|undefined|\(null\)|\[object Object\])$/.test(value)],
  ['our-quoted-cell', (value) => value[0] === '"'],
  // our-encoded-twice: what is decoded and looks as if it were not.
  ['our-encoded-twice', (value) => /%(?:2[\da-f]|[3-7][a-f]|[89a-f][\da-f]|0[ad])/i.test(value)],
];
const EMPTY_WORDS = { missing: /^$/, quotes: /^(|"")$/, words: /^(|""|null|NULL|undefined| +)$/ };

const noted = (oddities: readonly Oddity[], text: string, row: number, column: number): Diagnostic[] =>
  oddities.filter(([, isOdd]) => isOdd(text)).map(([rule]) => ({ rule, row, column }));

/** our-cut-cells: opened by one cell, and closed by a later one. */
function cutCells(cells: readonly string[], row: number): Diagnostic[] {
  const lastHalf = cells.findLastIndex((cell) => cell.length > 1 && !cell.startsWith('"') && cell.endsWith('"'));
  return cells.flatMap((cell, index) => {
    const isOpen = cell.startsWith('"') && (cell === '"' || !cell.endsWith('"'));
    return isOpen && index < lastHalf ? [{ rule: 'our-cut-cells' as const, row, column: index + 1 }] : [];
  });
}

const shownId = (cell: string) => decodeCell(cell) ?? asItStands.decode(Buffer.from(cell, 'latin1'));

/** key-3rd-len, key-3rd-chars: judged on the decoded id. */
export function illegalId(kind: string | undefined, id: string, { illegalIds }: Settings): RuleId | undefined {
  if (kind !== 'thirdPartyId' || illegalIds === 'accept') return undefined;
  if ([...id].length > limits.THIRD_PARTY_ID_LENGTH_MAX) return 'key-3rd-len';
  return /[+/]/.test(id) ? 'key-3rd-chars' : undefined;
}

/** our-line-ends: LF or CRLF; lines of nothing but blanks are not there. */
function nonBlankLines(bytes: string): string[] {
  const lines = bytes.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
  return lines.filter((line) => withoutBlanks(line) !== '');
}

/** our-body-reading, read as a form parameter: decoded before it is split, the escapes that cannot split left alone. */
function decodedAsForm(bytes: string): string {
  const spaced = upToAmpersand(bytes).replaceAll('+', '%20');
  return spaced.replaceAll(/%2c/gi, ',').replaceAll(/%0a/gi, '\n').replaceAll(/%0d/gi, '\r');
}

const upToAmpersand = (bytes: string) => bytes.split('&')[0]!;

/** enc-two-readings: cells that the two readings would split or decode differently. */
function ambiguousCells(line: string, row: number): Diagnostic[] {
  return cellsOf(line).flatMap((cell, index) =>
    /[+&]|%2c|%0a|%0d/i.test(cell) ? [{ rule: 'enc-two-readings' as const, row, column: index + 1 }] : [],
  );
}

/** body-pure-file: a comma always separates; `"` is an ordinary character. our-trimmed-blanks: 0x20 at both ends. */
const cellsOf = (line: string) => line.split(',').map(withoutBlanks);

const withoutBlanks = (text: string) => text.replace(/^ +/, '').replace(/ +$/, '');

/** enc-utf8-percent: decoded once; `+` stays `+`. Undefined when it cannot be decoded. */
function decodeCell(cell: string): string | undefined {
  if (/%(?![\da-f]{2})/i.test(cell)) return undefined;
  return decodeUtf8(cell.replaceAll(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))));
}

/** A byte order mark within a file is a character like any other. */
const asItStands = new TextDecoder('utf-8', { ignoreBOM: true });
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeUtf8(bytes: string): string | undefined {
  // ASCII is its own decoding.
  if (!/[\x80-\xff]/.test(bytes)) return bytes;
  try {
    return utf8.decode(Buffer.from(bytes, 'latin1'));
  } catch {
    return undefined;
  }
}

const rejection = (rule: RuleId) => ({ kind: 'rejection', rule }) as const;
