/** v2 creates, and its consecutive batches override. */
import { describe, expect, test } from 'vitest';
import { type LayerFacts, MERGE_INTO_BASE, v2OverrideCaveat, v2Upsert } from '../../../../src/protocol/rules/v2.ts';

test('v2-upsert: updates what exists and creates the rest', () => {
  expect(v2Upsert.decide(true)).toBe('updated');
  expect(v2Upsert.decide(false)).toBe('created');
});

describe('v2-override-caveat', () => {
  const facts: LayerFacts = {
    api: 'v2',
    idKind: 'thirdPartyId',
    reading: 'replace-pending',
    ownAttributes: false,
    ownPending: false,
    leavesAttributes: false,
  };
  const decide = (some: Partial<LayerFacts>) => v2OverrideCaveat.decide({ ...facts, ...some });

  test.each(['replace-pending', 'last-write-wins', 'replace-record'] as const)(
    'v2-override-caveat: v1, and v2 with pcId, merge under %s',
    (reading) => {
      for (const leavesAttributes of [true, false]) {
        expect(decide({ api: 'v1', reading, leavesAttributes })).toEqual(MERGE_INTO_BASE);
        expect(decide({ idKind: 'pcId', reading, leavesAttributes })).toEqual(MERGE_INTO_BASE);
      }
    },
  );

  test.each([
    ['replace-pending', 'pending', 'nothing'],
    ['last-write-wins', 'nothing', 'nothing'],
    ['replace-record', 'everything', 'nothing'],
  ] as const)("v2-override-caveat: %s drops %s at a batch's first row and %s at its next", (reading, first, next) => {
    expect(decide({ reading })).toMatchObject({ layer: 'pending', drops: first });
    expect(decide({ reading, ownAttributes: true, ownPending: true })).toMatchObject({ layer: 'pending', drops: next });
  });

  test('v2-override-caveat: after a visit in the middle of a batch, its own attributes are base and the pending set is a new one', () => {
    expect(decide({ ownAttributes: true, ownPending: false }).drops).toBe('pending');
    expect(decide({ reading: 'replace-record', ownAttributes: true, ownPending: false }).drops).toBe('nothing');
  });

  test("v2-override-caveat: the readings differ where a batch's first row leaves an attribute alone", () => {
    for (const reading of ['replace-pending', 'last-write-wins', 'replace-record'] as const) {
      expect(decide({ reading, leavesAttributes: true }).readingsDiffer).toBe(true);
      expect(decide({ reading, leavesAttributes: false }).readingsDiffer).toBe(false);
      expect(decide({ reading, leavesAttributes: true, ownAttributes: true }).readingsDiffer).toBe(false);
    }
  });
});
