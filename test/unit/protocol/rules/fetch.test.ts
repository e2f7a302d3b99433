/** What a fetch says. */
import { expect, test } from 'vitest';
import {
  errFetch4043rd,
  errFetch404Pc,
  fchClientRequired,
  ourFetchIdentity,
  ourFetchTimes,
  profileNotFoundMessage,
} from '../../../../src/protocol/rules/fetch.ts';

test('err-fetch-404-3rd, err-fetch-404-pc: the documented words', () => {
  expect(errFetch4043rd.decide('demo', 'a')).toBe('No profile found for client demo with third party id=a');
  expect(errFetch404Pc.decide('demo', 'a')).toBe('No profile found for client demo with mboxPC=a');
  expect(profileNotFoundMessage('demo', { kind: 'pcId', value: 'x' })).toContain('mboxPC=x');
  expect(profileNotFoundMessage('demo', { kind: 'thirdPartyId', value: 'x' })).toContain('third party id=x');
});

test('fch-client-required: missing and empty are refused', () => {
  const codeOf = (query: string) => fchClientRequired.decide(new URLSearchParams(query));
  for (const query of ['', 'client=', 'clientcode=', 'Client=demo'])
    expect(codeOf(query)).toMatchObject({ rule: 'fch-client-required' });
  for (const query of ['client=demo', 'clientcode=demo', 'clientcode=other&client=demo', 'client=&clientcode=demo'])
    expect(codeOf(query)).toBe('demo');
});

test('our-fetch-identity: the id as asked for', () => {
  expect(ourFetchIdentity.decide({ kind: 'pcId', value: 'X.28_20' })).toBe('X.28_20');
});

test('our-fetch-times: the form of the documents, with an explicit zone', () => {
  expect(ourFetchTimes.decide(Date.UTC(2026, 0, 1))).toBe('2026-01-01T00:00:00.000+00:00');
  expect(ourFetchTimes.decide(Date.UTC(2024, 1, 29, 23, 59, 59, 999))).toBe('2024-02-29T23:59:59.999+00:00');
  expect(ourFetchTimes.decide(0)).toBe('1970-01-01T00:00:00.000+00:00');
  expect(ourFetchTimes.decide(-1)).toBe('1969-12-31T23:59:59.999+00:00');
});

test('our-fetch-times: a clock that was moved beyond all dates does not break a fetch', () => {
  expect(ourFetchTimes.decide(8.64e15 + 1)).toBe(ourFetchTimes.decide(8.64e15));
});
