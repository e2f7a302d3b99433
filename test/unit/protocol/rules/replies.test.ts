/** Shapes of replies, and sentences about rows. */
import { describe, expect, test } from 'vitest';
import {
  ourStatusShape,
  outcomeRule,
  resRow2020After,
  resRowValues2017,
  rowMessage,
} from '../../../../src/protocol/rules/replies.ts';

test('our-status-shape, v1-overall-status: rows are listed for v2 only', () => {
  expect(ourStatusShape.decide('current', 'v2')).toEqual({ overall: true, rows: 'none', consumedCount: true });
  expect(ourStatusShape.decide('2020', 'v2')).toEqual({ overall: true, rows: 'failed', consumedCount: true });
  expect(ourStatusShape.decide('2017', 'v2')).toEqual({ overall: false, rows: 'all', consumedCount: false });
  expect(ourStatusShape.decide('tt', 'v2')).toEqual({ overall: true, rows: 'none', consumedCount: false });
  for (const shape of ['current', '2020', '2017', 'tt'] as const) {
    expect(ourStatusShape.decide(shape, 'v1')).toMatchObject({ overall: true, rows: 'none' });
  }
});

const outcomes = ['updated', 'created', 'not-found', 'failed', 'ignored', 'lost', 'pending'] as const;

test('res-row-values-2017: success, error and pending; an ignored row is not listed', () => {
  expect(outcomes.map((outcome) => resRowValues2017.decide(outcome))).toEqual([
    'success',
    'success',
    'error',
    'error',
    undefined,
    'error',
    'pending',
  ]);
});

test('res-row-2020-after: failed rows only', () => {
  expect(outcomes.filter((outcome) => resRow2020After.decide(outcome) !== undefined)).toEqual(['failed']);
});

test('an outcome has its rule', () => {
  expect(outcomeRule('v1', 'updated')).toBe('v1-merge-keys');
  expect(outcomeRule('v2', 'updated')).toBe('v2-upsert');
  expect(outcomeRule('v2', 'created')).toBe('v2-upsert');
  expect(outcomeRule('v1', 'not-found')).toBe('v1-update-only');
  expect(outcomeRule('v2', 'ignored')).toBe('empty-only-skipped');
  expect(outcomeRule('v1', 'lost')).toBe('thr-loss');
});

const say = (outcome: 'updated' | 'created' | 'not-found' | 'ignored' | 'lost') =>
  rowMessage({ row: 1, outcome, rule: outcomeRule('v1', outcome) });

describe('what is said of a row', () => {
  test.each([
    ['key-3rd-chars', 1, "Row 12: thirdPartyId contains '+' or '/'."],
    ['key-3rd-len', 1, 'Row 12: thirdPartyId has more than 256 characters.'],
    ['our-blank-key', 1, 'Row 12: thirdPartyId is blank.'],
    ['our-undecodable', 3, 'Row 12: column 3 is not percent-encoded UTF-8.'],
    ['our-not-utf8', 0, 'Row 12: it holds bytes that are not UTF-8.'],
    ['our-surplus-cells', 9, 'Row 12: column 9 is beyond the columns of the header row.'],
    ['thr-message-loss', 0, 'Row 12: refused by rule thr-message-loss.'],
  ] as const)('%s: a failed row says why', (rule, column, sentence) => {
    expect(rowMessage({ row: 12, outcome: 'failed', rule, column, idKind: 'thirdPartyId' })).toBe(sentence);
  });

  test('the others say what became of them', () => {
    expect(say('updated')).toBe('Row 1: the profile was updated.');
    expect(say('created')).toBe('Row 1: a profile was created.');
    expect(say('not-found')).toBe('Row 1: no profile has this id, and v1 creates none.');
    expect(say('ignored')).toBe('Row 1: every value is empty, so there is nothing to write.');
    expect(say('lost')).toBe('Row 1: lost on purpose.');
  });
});
