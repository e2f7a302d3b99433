/** Names, values and ids as a CRM, a careless script or an enemy would write them. */
import fc, { type Arbitrary } from 'fast-check';
import type { VisitorId, VisitorIdKind } from '../../protocol/vocabulary/index.ts';

/**
 * Any text that UTF-8 can carry, every code point but half surrogate pairs: `lengthMax` code points at most, 12 unless told.
 *
 * @example
 * fc.assert(fc.property(anyText(3), (text) => decode(encode(text)) === text));
 */
export function anyText(lengthMax = 12): Arbitrary<string> {
  return fc.array(CHARACTER, { maxLength: lengthMax }).map((characters) => characters.join(''));
}

/** Not `fc.string({ unit: 'binary' })`, whose tables take a second to build. */
const CHARACTER = fc.nat({ max: 0x10f7ff }).map((at) => String.fromCodePoint(at < 0xd800 ? at : at + 0x800));

/** One of several, each as often as its weight says; shrinks towards the first. */
export const weighted = <Value>(...choices: readonly (readonly [weight: number, arbitrary: Arbitrary<Value>])[]) =>
  fc.oneof({ withCrossShrink: true }, ...choices.map(([weight, arbitrary]) => ({ weight, arbitrary })));

/** Characters that mean something to a reader: the grammar, a form decoder, XML, JSON, SQL, a spreadsheet. */
const LOADED = [...',%+&= \n\r\0"\';<\\|\t\u{feff}\u{2028}'];

/**
 * Text of loaded characters and of any others, short enough to read: at most 8 pieces, unless told, of one to three
 * characters each.
 *
 * @example
 * fc.assert(fc.property(hostileText(), (text) => !xmlText(text).includes('<')));
 */
export function hostileText(lengthMax = 8): Arbitrary<string> {
  return fc.array(PIECE, { maxLength: lengthMax }).map((pieces) => pieces.join(''));
}

const PIECE = fc.oneof(fc.constantFrom(...LOADED, '%41', '%2C', 'a', 'é', '漢', '😀'), anyText(2));

/** What a JavaScript object would trip over. */
const HOSTILE_NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'] as const;

/**
 * Few names, so that rows meet each other's attributes; some that bite; some of any Unicode. Empty is the blank name.
 *
 * @example
 * const files = validBatchFile({ names: attributeName().filter((name) => name !== '') });
 */
export function attributeName(): Arbitrary<string> {
  return weighted<string>(
    [12, fc.constantFrom('a', 'b', 'c', 'A')],
    [3, fc.constantFrom(...HOSTILE_NAMES, 'profile.a', 'user.x', 'é', '')],
    [1, hostileText()],
    [1, fc.constant(LONG_NAME)],
  );
}

export const LONG_NAME = 'n'.repeat(10_000);

/**
 * A value for a cell; empty is the cell that is ignored (empty-ignored).
 *
 * @example
 * const files = validBatchFile({ values: fc.oneof(attributeValue(), fc.constant('a&b')) });
 */
export function attributeValue(): Arbitrary<string> {
  return weighted<string>(
    [8, fc.constantFrom('1', '2', 'x y', 'a,b', '')],
    [2, fc.constantFrom('null', 'w10|w32', 'a&b+c', 'v'.repeat(257))],
    [2, hostileText()],
    [1, anyText()],
  );
}

/** Around one profile's 64 KB (lim-profile-64k): under a name of one letter two fill it exactly, one alone does, one is too much. */
export const bigValue = (): Arbitrary<string> =>
  fc.constantFrom('b'.repeat(32_767), 'é'.repeat(16_000), 'B'.repeat(65_535), 'B'.repeat(65_536));

/** A small population, so that batches, visits and updates meet; pcIds with and without a location hint. */
export const PC_IDS = ['1', '1.28_20', '1.03', '2', '2.28_20', 'a.b', '__proto__', 'é'] as const;
export const THIRD_PARTY_IDS = ['u1', 'u2', 'u3', '1', 'a@x.com', 'a@x.org', 'u1.28_20', 'constructor', '漢'] as const;

/** ECIDs; the second is also a pcId. */
export const ECIDS = ['38400000000000000000000000000000000001', '1', '1.28_20'] as const;

/** Ids that no document allows, and the longest that one does. */
export const ILLEGAL_THIRD_PARTY_IDS = ['a+b', 'a/b', 'x'.repeat(257), '😀'.repeat(257)] as const;
export const LONGEST_THIRD_PARTY_ID = '😀'.repeat(256);

/** A visitor of the population: mostly one of the first few, who then have a history. */
export function knownVisitorId(kind: VisitorIdKind): Arbitrary<string> {
  const ids: readonly string[] = kind === 'pcId' ? PC_IDS : THIRD_PARTY_IDS;
  return weighted<string>([3, fc.constantFrom(...ids.slice(0, 2))], [1, fc.constantFrom(...ids)]);
}

/**
 * An id as a row may carry it: mostly of the population, now and then blank, illegal or of any Unicode.
 *
 * @example
 * const files = validBatchFile({ idKind: 'pcId', ids: rowId('pcId') });
 */
export function rowId(kind: VisitorIdKind): Arbitrary<string> {
  const odd = kind === 'pcId' ? ['', '.', '..'] : ['', '.', '..', ...ILLEGAL_THIRD_PARTY_IDS, LONGEST_THIRD_PARTY_ID];
  return weighted<string>([12, knownVisitorId(kind)], [1, fc.constantFrom(...odd)], [1, hostileText(4)]);
}

/**
 * Either kind of visitor id; shrinks towards `thirdPartyId`.
 *
 * @example
 * const files = visitorIdKind().chain((idKind) => validBatchFile({ idKind }));
 */
export function visitorIdKind(): Arbitrary<VisitorIdKind> {
  return fc.constantFrom('thirdPartyId', 'pcId');
}

/**
 * A visitor of the small population, by either id.
 *
 * @example
 * fc.assert(fc.asyncProperty(visitorId(), async (id) => (await port.fetch('demo', id)) === undefined));
 */
export function visitorId(): Arbitrary<VisitorId> {
  return visitorIdKind().chain((kind) => knownVisitorId(kind).map((value) => ({ kind, value })));
}
