/** Ids: legal ones, and which two are one. */
import { expect, test } from 'vitest';
import {
  key3rdChars,
  key3rdLen,
  keyEcidGuidance,
  longerThan,
  ourBlankKey,
  ourLocationHint,
  refusedId,
} from '../../../../src/protocol/rules/keys.ts';

test('our-blank-key: only the empty id is blank', () => {
  expect(ourBlankKey.decide('')).toBe(true);
  expect(ourBlankKey.decide(' ')).toBe(false);
});

test('key-3rd-len: 256 code points are legal, 257 are not', () => {
  for (const character of ['x', 'é', '😀']) {
    expect(key3rdLen.decide(character.repeat(255))).toBe(false);
    expect(key3rdLen.decide(character.repeat(256))).toBe(false);
    expect(key3rdLen.decide(character.repeat(257))).toBe(true);
  }
});

test('key-3rd-chars: plus and slash, nothing else', () => {
  expect(key3rdChars.decide('a+b')).toBe(true);
  expect(key3rdChars.decide('/')).toBe(true);
  expect(key3rdChars.decide('a b\\c,d%&?#')).toBe(false);
});

test('key-pcid-forms: a pcId is never judged by its form', () => {
  for (const id of ['123', '1514187733806-729395', 'a/b+c', 'x'.repeat(10_000)]) {
    expect(refusedId('pcId', id, 'fail')).toBeUndefined();
  }
  expect(refusedId('pcId', '', 'fail')).toBe('our-blank-key');
});

test('our-blank-key, key-3rd-len, key-3rd-chars: judged in this order, the last two by setting', () => {
  expect(refusedId('thirdPartyId', '', 'accept')).toBe('our-blank-key');
  expect(refusedId('thirdPartyId', '/'.repeat(257), 'fail')).toBe('key-3rd-len');
  expect(refusedId('thirdPartyId', '/', 'fail')).toBe('key-3rd-chars');
  expect(refusedId('thirdPartyId', '/'.repeat(257), 'accept')).toBeUndefined();
});

test.each([
  ['X.28_20', 'X'],
  ['1000000000000-100000.01', '1000000000000-100000'],
  ['a@x.com', 'a@x.com'],
  ['a.b.28_20', 'a.b'],
  ['a.1.2', 'a.1'],
  ['.28_20', '.28_20'],
  ['X.28_', 'X.28_'],
  ['X._20', 'X._20'],
  ['X.28_20_1', 'X.28_20_1'],
  ['X.', 'X.'],
  ['a\nb.1', 'a\nb'],
  ['X', 'X'],
])('our-location-hint: %j is the profile of %j', (id, profile) => {
  expect(ourLocationHint.decide('pcId', id, 'same-profile')).toBe(profile);
  expect(ourLocationHint.decide('pcId', id, 'part-of-id')).toBe(id);
  expect(ourLocationHint.decide('thirdPartyId', id, 'same-profile')).toBe(id);
});

test('key-ecid-guidance: v2 with pcId alone', () => {
  expect(keyEcidGuidance.decide('v2', 'pcId')).toBe(true);
  expect(keyEcidGuidance.decide('v1', 'pcId')).toBe(false);
  expect(keyEcidGuidance.decide('v2', 'thirdPartyId')).toBe(false);
});

test('half a surrogate pair counts as one character', () => {
  expect(longerThan('\uD800'.repeat(3), 3)).toBe(false);
  expect(longerThan('\uD800'.repeat(4), 3)).toBe(true);
});
