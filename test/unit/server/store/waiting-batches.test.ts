/** Proves that what the writer remembers of waiting batches is what the database says, whatever happened to them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../../../src/protocol/vocabulary/index.ts';
import type { BatchId, ClientCode } from '../../../../src/protocol/vocabulary/index.ts';
import { openSyncStore } from '../../../../src/server/store/sqlite-store.ts';
import { memoryPlace } from '../../../../src/server/store/store-place.ts';
import { NOW, openTestStore } from './store-fixture.ts';

const clients = ['a', 'b', 'c'].map((code) => code as ClientCode);
const rows = [{ id: '1', values: { x: '1' } }, { kind: 'ignored' as const }];
const client = fc.constantFrom(...clients);
const dueAt = fc.constantFrom(NOW, NOW + 5, Number.POSITIVE_INFINITY);
const pace = fc.constantFrom({ kind: 'manual' as const }, { kind: 'stuck' as const });

const happening = fc.oneof(
  fc.record({
    kind: fc.constant('accept' as const),
    client,
    dueAt,
    pollsLeft: fc.option(fc.nat(2), { nil: undefined }),
  }),
  fc.record({ kind: fc.constant('apply' as const), client, fails: fc.boolean() }),
  fc.record({ kind: fc.constant('abandon' as const), client }),
  fc.record({ kind: fc.constant('release' as const), client: fc.option(client, { nil: undefined }) }),
  fc.record({ kind: fc.constant('pace' as const), client, dueAt, pace }),
  fc.record({ kind: fc.constant('poll' as const), client }),
  fc.record({ kind: fc.constant('drop' as const), client }),
  fc.record({ kind: fc.constant('snapshot' as const) }),
  fc.record({ kind: fc.constant('restore' as const) }),
);

describe('what waits', () => {
  it('our-batch-order, our-queue-bound: the heads are those that a store opened anew finds, and as many as are counted', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 40 }), (happenings) => {
        const place = memoryPlace();
        const { store, applySome, reader } = openTestStore({ place });
        const counted = place.database.prepare<[], { batches: number; bytes: number }>(
          `SELECT count(*) AS batches, ifnull(sum(body_bytes), 0) AS bytes FROM batch JOIN client USING (generation)
           WHERE status = 'incomplete'`,
        );
        const headOf = (code: ClientCode) => store.heads().find((head) => head.client === code);
        let batches = 0;
        let snapshot: number | undefined;
        for (const event of happenings) {
          const head = 'client' in event && event.client !== undefined ? headOf(event.client) : undefined;
          if (event.kind === 'accept') {
            batches += 1;
            store.acceptBatch({
              batchId: `batch-${batches}` as BatchId,
              client: event.client,
              api: 'v2',
              idKind: 'thirdPartyId',
              batchSize: rows.length,
              body: { kind: 'inline', bytes: Buffer.from('batch=thirdPartyId,x\n1,1\n2,\n') },
              submittedAt: NOW,
              dueAt: event.dueAt,
              pollsLeft: event.pollsLeft,
              settings: DEFAULT_SETTINGS,
              diagnostics: [],
            });
          }
          if (event.kind === 'apply' && head !== undefined) {
            const failing = () => {
              throw new Error('the reader broke');
            };
            const apply = () =>
              applySome({ client: event.client, rows }, 1, event.fails ? { diagnostics: failing } : {});
            if (event.fails) expect(apply).toThrow('the reader broke');
            else apply();
          }
          if (event.kind === 'abandon' && head !== undefined) store.abandonBatch(head.sequence, NOW);
          if (event.kind === 'release') store.releaseBatches(NOW, event.client);
          if (event.kind === 'pace' && head !== undefined) {
            store.paceBatch(head.batchId, { pace: event.pace, dueAt: event.dueAt, pollsLeft: undefined });
          }
          if (event.kind === 'poll' && head !== undefined) store.countPoll(head.batchId, NOW);
          if (event.kind === 'drop') store.dropClient(event.client);
          if (event.kind === 'snapshot') snapshot ??= store.takeSnapshot().id;
          if (event.kind === 'restore' && snapshot !== undefined) store.restoreSnapshot(snapshot);

          const bySequence = (from: typeof store) => from.heads().toSorted((a, b) => a.sequence - b.sequence);
          expect(bySequence(store)).toEqual(bySequence(openSyncStore({ place })));
          expect(reader.backlog()).toEqual(counted.get());
        }
        store.close();
      }),
      { numRuns: 150 },
    );
  });
});

describe('together', () => {
  it('several calls are one transaction: where one of them fails, nothing of the others is there', () => {
    const { store, accept, applySome, reader } = openTestStore();
    const batch = { rows: [{ id: '1', values: { fresh: '1' } }] };
    const first = accept(batch);
    const fail = () =>
      store.together(() => {
        applySome(batch, 1);
        accept(batch);
        throw new Error('the disk said no');
      });
    expect(fail).toThrow('the disk said no');
    expect(reader.backlog().batches).toBe(1);
    expect(store.heads()).toMatchObject([{ batchId: first, consumedCount: 0 }]);
    store.together(() => applySome(batch, 1));
    expect(reader.batch(first)).toMatchObject({ status: 'complete', createdProfiles: 1 });
  });
});
