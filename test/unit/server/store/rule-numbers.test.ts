/** A row's outcome has ten bits for the number of its rule: however many rules there will be, they have to fit. */
import { expect, it } from 'vitest';
import { RULE_IDS } from '../../../../src/protocol/vocabulary/rule-ids.ts';
import { outcomeTable, outcomeWriter } from '../../../../src/server/store/row-outcomes.ts';

it('every rule there is has a number that a row’s outcome gives back', () => {
  const writer = outcomeWriter();
  writer.add(1, 'failed', RULE_IDS.length + 1);
  expect(outcomeTable(1, [writer.take()]).rule(1)).toBe(RULE_IDS.length + 1);
});
