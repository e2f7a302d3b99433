/** Names of columns. */
import { expect, test } from 'vitest';
import {
  hdrEncoded,
  hdrKeyFirst,
  hdrNameLen,
  hdrParamnameOnly,
  ourColumnNames,
} from '../../../../src/protocol/rules/header-row.ts';

test('hdr-key-first: the two words in exactly this case', () => {
  expect(hdrKeyFirst.decide('pcId')).toBe('pcId');
  expect(hdrKeyFirst.decide('thirdPartyId')).toBe('thirdPartyId');
  for (const name of ['', 'PcId', 'thirdpartyid', 'mboxPC']) {
    expect(hdrKeyFirst.decide(name)).toMatchObject({ rule: 'hdr-key-first', where: { row: 0, column: 1 } });
  }
});

test('hdr-encoded: an undecodable name is refused with its column', () => {
  expect(hdrEncoded.decide('a', 2)).toBeUndefined();
  expect(hdrEncoded.decide('', 2)).toBeUndefined();
  expect(hdrEncoded.decide(undefined, 7)).toMatchObject({ rule: 'hdr-encoded', where: { row: 0, column: 7 } });
});

test('our-column-names: blank, repeated or plain', () => {
  const before = new Set(['a']);
  expect(ourColumnNames.decide('', before)).toBe('blank');
  expect(ourColumnNames.decide('a', before)).toBe('duplicate');
  expect(ourColumnNames.decide('A', before)).toBe('plain');
});

test('hdr-paramname-only: the prefix with its dot', () => {
  expect(hdrParamnameOnly.decide('profile.a')).toBe(true);
  expect(hdrParamnameOnly.decide('profile.')).toBe(true);
  for (const name of ['profile', 'Profile.a', 'a.profile.b']) expect(hdrParamnameOnly.decide(name)).toBe(false);
});

test('hdr-name-len: 128 at most without a note', () => {
  expect(hdrNameLen.decide('x'.repeat(127))).toBe(false);
  expect(hdrNameLen.decide('x'.repeat(128))).toBe(false);
  expect(hdrNameLen.decide('x'.repeat(129))).toBe(true);
});
