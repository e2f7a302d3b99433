/** Parameters of the single update. */
import { describe, expect, test } from 'vitest';
import { limSingleSize, sglDottedNames, sglParams } from '../../../../src/protocol/rules/single-update.ts';

const parse = (query: string) => sglParams.decide(new URLSearchParams(query));

describe('parameters', () => {
  test('sgl-params: either id and prefixed attributes', () => {
    expect(parse('mboxPC=123&profile.plan=a%20b')).toEqual({
      kind: 'update',
      id: { kind: 'pcId', value: '123' },
      attributes: [{ name: 'plan', value: 'a b' }],
      hasStray: false,
    });
    expect(parse('profile.x=1&mbox3rdPartyId=abc')).toMatchObject({ id: { kind: 'thirdPartyId', value: 'abc' } });
  });

  test("sgl-params: with both, the customer's id counts", () => {
    expect(parse('mboxPC=1&mbox3rdPartyId=2')).toMatchObject({ id: { kind: 'thirdPartyId', value: '2' } });
    expect(parse('mboxPC=1&mbox3rdPartyId=')).toMatchObject({ id: { kind: 'pcId', value: '1' } });
  });

  test('sgl-params: without an id it is refused', () => {
    for (const query of ['', 'profile.a=1', 'mboxPC=', 'mboxpc=1', 'thirdPartyId=1']) {
      expect(parse(query)).toMatchObject({ kind: 'rejection', rule: 'sgl-params' });
    }
  });

  test('sgl-params, empty-ignored: empty values change nothing', () => {
    expect(parse('mboxPC=1&profile.a=&profile.b=x')).toMatchObject({ attributes: [{ name: 'b', value: 'x' }] });
    expect(parse('mboxPC=1&profile.a=x&profile.a=')).toMatchObject({ attributes: [{ name: 'a', value: 'x' }] });
  });

  test('sgl-params: of one name the last value counts, at its own place', () => {
    expect(parse('mboxPC=1&profile.a=1&profile.b=2&profile.a=3')).toMatchObject({
      attributes: [
        { name: 'b', value: '2' },
        { name: 'a', value: '3' },
      ],
    });
  });

  test('sgl-unencoded-values: parameters without the prefix are ignored', () => {
    expect(parse('mboxPC=1&profile.plan=a b&c')).toMatchObject({
      attributes: [{ name: 'plan', value: 'a b' }],
      hasStray: true,
    });
    expect(parse('mboxPC=1&mbox3rdPartyId=&profile.a=')).toMatchObject({ hasStray: false });
    expect(parse('mboxPC=1&Profile.a=1&a=2&xprofile.a=3')).toMatchObject({ attributes: [] });
  });

  test('names of the object world are names like any other', () => {
    expect(parse('mboxPC=1&profile.__proto__=x')).toMatchObject({ attributes: [{ name: '__proto__', value: 'x' }] });
  });
});

test.each([
  ['profile.a', 'a'],
  ['profile.address.city', 'address.city'],
  ['profile.profile.x', 'profile.x'],
  ['profile..', '.'],
  ['profile.', undefined],
  ['profile', undefined],
  ['mboxPC', undefined],
])('sgl-dotted-names: %s writes %s', (parameter, name) => {
  expect(sglDottedNames.decide(parameter)).toBe(name);
});

test('lim-single-size: 8 KB with GET and 60 KB with POST, and no byte more', () => {
  expect(limSingleSize.decide('GET', 8191)).toBeUndefined();
  expect(limSingleSize.decide('GET', 8192)).toBeUndefined();
  expect(limSingleSize.decide('GET', 8193)).toMatchObject({ rule: 'lim-single-size' });
  expect(limSingleSize.decide('POST', 61_440)).toBeUndefined();
  expect(limSingleSize.decide('POST', 61_441)).toMatchObject({ rule: 'lim-single-size' });
});
