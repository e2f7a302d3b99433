/** What a refusal is answered with. */
import { expect, test } from 'vitest';
import {
  errFetchBadclient,
  errRate503,
  ourContentType,
  ourMessageTexts,
  ourRejectionStatus,
} from '../../../../src/protocol/rules/errors.ts';

test('our-message-texts: only the reported words stand without our name', () => {
  const rejection = { kind: 'rejection', rule: 'err-batch-missing' } as const;
  expect(ourMessageTexts.decide({ ...rejection, message: 'Batch is empty' })).toBe('Batch is empty');
  const other = { ...rejection, rule: 'lim-rows' } as const;
  expect(ourMessageTexts.decide({ ...other, message: 'No.' })).toBe('target-profile-emulator: No.');
  expect(ourMessageTexts.decide({ ...other, message: 'Batch is empty' })).toBe(
    'target-profile-emulator: Batch is empty',
  );
});

test.each([
  ['err-batch-missing', 200],
  ['hdr-key-first', 200],
  ['our-client-code', 200],
  ['lim-rows', 200],
] as const)('our-rejection-status: %s is refused in-band', (rule, status) => {
  expect(ourRejectionStatus.decide({ rule }, 200)).toBe(status);
  expect(ourRejectionStatus.decide({ rule }, 400)).toBe(400);
});

test.each([
  ['lim-file-size', 413],
  ['ep-post-only', 405],
  ['our-unknown-batch', 404],
  ['err-auth-403', 403],
  ['err-rate-503', 503],
  ['our-queue-bound', 503],
] as const)('our-rejection-status: %s keeps its %i', (rule, status) => {
  expect(ourRejectionStatus.decide({ rule }, 200)).toBe(status);
  expect(ourRejectionStatus.decide({ rule }, 400)).toBe(status);
});

test('err-fetch-badclient: a fetch for no client is a bad request', () => {
  expect(errFetchBadclient.decide()).toBe(400);
});

test('err-rate-503: a call beyond the limit', () => {
  expect(errRate503.decide(true)).toBeUndefined();
  expect(errRate503.decide(false)).toMatchObject({ rule: 'err-rate-503' });
});

test('our-content-type: XML here, JSON there', () => {
  expect(ourContentType.decide('/m2')).toBe('text/xml;charset=UTF-8');
  expect(ourContentType.decide('/rest')).toBe('application/json;charset=UTF-8');
});
