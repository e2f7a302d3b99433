/** Commands of few visitors who meet: amid the slices of a batch, and with each other's ids. */
import fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import { type Command, validBatchFile } from '../../src/sim/index.ts';
import { api, ecid, knownId, timePassing } from '../../src/sim/workload/commands.ts';

/**
 * Two visitors, plain files and many slices: what happens to them while their batch is half applied. A submission and 12
 * commands at most.
 */
export function interruptedBatches(): Arbitrary<readonly Command[]> {
  const visitor = fc.constantFrom('u1', 'u2');
  const file = validBatchFile({
    idKind: 'thirdPartyId',
    rowsMax: 8,
    ids: visitor,
    names: fc.constantFrom('a', 'b', 'c'),
    values: fc.constantFrom('1', '2', ''),
    byteOrderMarks: 'none',
  });
  const submitted = fc.record({ kind: fc.constant('submit' as const), api: api(), file });
  const visited = visitor.map((thirdPartyId) => ({ kind: 'visit' as const, ids: { pcId: undefined, thirdPartyId } }));
  const updated = visitor.map((value) => ({
    kind: 'update' as const,
    id: { kind: 'thirdPartyId' as const, value },
    values: [{ name: 'a', value: '3' }],
  }));
  const between = fc.oneof(
    { withCrossShrink: true },
    { weight: 4, arbitrary: fc.constant({ kind: 'apply' as const, amount: 'slice' as const }) },
    { weight: 2, arbitrary: visited },
    { weight: 1, arbitrary: updated },
    { weight: 1, arbitrary: submitted },
  );
  return fc
    .tuple(submitted, fc.array(between, { maxLength: 12, size: 'max' }))
    .map(([first, rest]) => [first, ...rest]);
}

/**
 * Two customers and two browsers that meet in every way, in 14 commands at most.
 */
export function visitSequences(): Arbitrary<readonly Command[]> {
  const third = fc.constantFrom('u1', 'u2');
  const pc = fc.constantFrom('1', '1.28_20', '2');
  const nobody = { nil: undefined };
  const ids = fc.record({
    pcId: fc.option(pc, nobody),
    thirdPartyId: fc.option(third, nobody),
    marketingCloudVisitorId: fc.option(ecid(), nobody),
  });
  const one = fc.oneof(
    third.map((value) => ({ kind: 'thirdPartyId' as const, value })),
    pc.map((value) => ({ kind: 'pcId' as const, value })),
  );
  const values = fc.constantFrom('a', 'b').chain((name) => fc.constantFrom('1', '2').map((value) => [{ name, value }]));
  const call = fc.record({
    via: fc.constantFrom('delivery' as const, 'mbox' as const),
    ids,
    customerIds: fc.array(fc.record({ id: third, isAuthenticated: fc.boolean() }), { maxLength: 2 }),
    values,
  });
  const file = validBatchFile({
    rowsMax: 3,
    ids: third,
    names: fc.constantFrom('a', 'b'),
    values: fc.constantFrom('3', ''),
  });
  const step = fc.oneof(
    { withCrossShrink: true },
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('visit' as const), ids }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('deliver' as const), call }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('forget' as const), id: knownId() }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('seed' as const), id: one, values }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('update' as const), id: one, values }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('submit' as const), api: api(), file }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'apply' as const, amount: 'all' as const }) },
    { weight: 1, arbitrary: timePassing() },
  );
  return fc.array(step, { maxLength: 14, size: 'max' });
}
