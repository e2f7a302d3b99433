/** Almost valid batch files: each a good one with exactly one thing wrong, named by the rule that it breaks. */
import fc, { type Arbitrary } from 'fast-check';
import { COLUMNS_MAX, type RuleId } from '../../protocol/vocabulary/index.ts';
import { batchFile, readable, type BatchFile, type FileSpec, fileSpec, type BatchFileOptions } from './batch-files.ts';
import { knownVisitorId, LONGEST_THIRD_PARTY_ID, visitorIdKind } from './text.ts';

export interface BrokenBatchFile {
  readonly rule: RuleId;
  readonly file: BatchFile;
  /** Undefined: the whole batch is refused. Otherwise this row fails, and only this one. */
  readonly row: number | undefined;
  /** Where the failure is found; 0 for the row as a whole. */
  readonly column: number | undefined;
}

/** Everything that can be broken, and how. */
export const BREAKAGES: readonly Breakage[] = [
  // The whole file.
  wholeFile('err-batch-missing', 'no prefix', (text) => text.slice('batch='.length)),
  wholeFile('err-batch-missing', 'prefix in capitals', (text) => text.replace('batch=', 'Batch=')),
  wholeFile('err-batch-missing', 'a blank before the prefix', (text) => ` ${text}`),
  wholeFile('err-batch-missing', 'a line before the prefix', (text) => `\n${text}`),
  wholeFile('err-batch-missing', 'two byte order marks', (text) => `\xef\xbb\xbf\xef\xbb\xbf${text}`),
  wholeFile('err-batch-missing', 'prefix cut short', () => 'batch'),
  wholeFile('err-batch-missing', 'JSON', () => '{"batch":[]}'),
  wholeFile('err-batch-missing', 'no bytes at all', () => ''),
  wholeFile('err-batch-missing', 'nothing after the prefix', () => 'batch='),
  wholeFile('err-batch-missing', 'blank lines after the prefix', () => 'batch=\n  \r\n\n '),
  headerRow('hdr-key-first', 'key in other case', (header) => header.replace(/^[^,]*/, (key) => key.toLowerCase())),
  headerRow('hdr-key-first', 'the name used in calls', (header) => header.replace(/^[^,]*/, 'mbox3rdPartyId')),
  headerRow('hdr-key-first', 'an Experience Cloud id', (header) => header.replace(/^[^,]*/, 'marketingCloudVisitorId')),
  headerRow('hdr-key-first', 'no key', (header) => `,${header}`),
  headerRow('hdr-encoded', 'an escape cut short', (header) => `${header},a%4`),
  headerRow('hdr-encoded', 'no hex digits', (header) => `${header},%zz`),
  headerRow('hdr-encoded', 'an escaped byte that is not UTF-8', (header) => `${header},%E9`),
  headerRow('hdr-encoded', 'a raw byte that is not UTF-8', (header) => `${header},\xe9`),
  headerRow('our-columns-max', 'more columns than are taken', (header) => `${header}${',a'.repeat(COLUMNS_MAX)}`),
  // One row.
  oneRow('our-blank-key', 'no id', 1, ''),
  oneRow('our-blank-key', 'blanks for an id', 1, '  '),
  oneRow('our-undecodable', 'an escape cut short in the id', 1, 'u%4'),
  oneRow('our-undecodable', 'an escaped surrogate in the id', 1, '%ED%A0%80'),
  oneRow('our-undecodable', 'a lone percent sign', 2, '100%'),
  oneRow('our-undecodable', 'half a character', 2, '%C3'),
  oneRow('our-undecodable', 'an overlong form', 2, '%C0%AF'),
  oneRow('our-undecodable', 'a sign for a hex digit', 2, '%+1'),
  oneRow('our-not-utf8', 'a raw Latin-1 letter', 2, 'caf\xe9', 0),
  oneRow('our-not-utf8', 'a raw Latin-1 letter in the id', 1, 'caf\xe9', 0),
  oneRow('key-3rd-chars', 'a plus sign, encoded', 1, 'a%2Bb'),
  oneRow('key-3rd-chars', 'a raw slash', 1, 'a/b'),
  oneRow('key-3rd-chars', 'an encoded slash', 1, 'a%2fb'),
  oneRow('key-3rd-len', '257 letters', 1, 'x'.repeat(257)),
  oneRow('key-3rd-len', '257 characters of four bytes', 1, '%F0%9F%98%80'.repeat(257)),
];

export interface Breakage {
  readonly rule: RuleId;
  /** For a person. */
  readonly what: string;
  readonly files: Arbitrary<BrokenBatchFile>;
}

/**
 * A file with one of `BREAKAGES`, all kinds alike, and the rule that it breaks.
 *
 * @example
 * fc.assert(fc.property(brokenBatchFile(), ({ file, rule }) => check(file.bytes).rule === rule));
 */
export function brokenBatchFile(): Arbitrary<BrokenBatchFile> {
  return fc.oneof(...BREAKAGES.map((breakage) => breakage.files));
}

/** Files in which nothing but what is broken can fail: legal ids, plain names, no surplus. */
const SOUND: BatchFileOptions = {
  names: fc.constantFrom('a', 'b', 'c'),
  values: fc.constantFrom('1', 'é', ' x', 'a&b'),
  surplusCells: 'none',
  byteOrderMarks: 'none',
};

function soundSpec(): Arbitrary<FileSpec> {
  const customerIds = fc.oneof(knownVisitorId('thirdPartyId'), fc.constant(LONGEST_THIRD_PARTY_ID));
  return visitorIdKind().chain((idKind) =>
    fileSpec({ ...SOUND, idKind, ids: idKind === 'pcId' ? knownVisitorId(idKind) : customerIds }),
  );
}

function wholeFile(rule: RuleId, what: string, damage: (text: string) => string): Breakage {
  const files = soundSpec().map((spec) => ({
    rule,
    file: readable(Buffer.from(damage(latin(spec)), 'latin1'), spec),
    row: undefined,
    column: undefined,
  }));
  return { rule, what, files };
}

function headerRow(rule: RuleId, what: string, damage: (header: string) => string): Breakage {
  return wholeFile(rule, what, (text) =>
    text.replace(/^batch=([^\r\n]*)/, (_, header: string) => `batch=${damage(header)}`),
  );
}

/** Puts a row with one bad cell somewhere between the others. `column` is where the cell stands, `found` where it is reported. */
function oneRow(rule: RuleId, what: string, column: 1 | 2, badCell: string, found: number = column): Breakage {
  const isAboutThirdPartyIds = rule === 'key-3rd-chars' || rule === 'key-3rd-len';
  const line = column === 1 ? `${badCell},1` : `u1,${badCell}`;
  const files = fc
    .tuple(soundSpec(), fc.nat({ max: 6 }))
    .filter(([spec]) => !isAboutThirdPartyIds || spec.idKind === 'thirdPartyId')
    .map(([spec, position]) => {
      const names = spec.names.length > 0 ? spec.names : [{ text: 'a', spelling: 'needed' as const }];
      const index = Math.min(position, spec.rows.length);
      const rows = spec.rows.toSpliced(index, 0, { id: MARK, cells: [], blankLineBefore: -1 });
      const text = latin({ ...spec, names, rows }).replace(MARK.text, () => line);
      const file = readable(Buffer.from(text, 'latin1'), { ...spec, names });
      return { rule, file, row: index + 1, column: found };
    });
  return { rule, what, files };
}

/** Stands for the bad row until its bytes, which no encoder would write, are put in. */
const MARK = { text: '---bad-row---', spelling: 'needed' as const };

/** One character for each byte. */
const latin = (spec: FileSpec) => Buffer.from(batchFile(spec).bytes).toString('latin1');
