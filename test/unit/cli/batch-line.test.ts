/** One line of the emulator's log. */
import { describe, expect, it } from 'vitest';
import { batchJson, batchLine } from '../../../src/cli/serve-log.ts';
import { styleFor } from '../../../src/cli/printable.ts';
import { type BatchId, type ClientCode, DEFAULT_SETTINGS } from '../../../src/protocol/vocabulary/index.ts';
import type { BatchRecord } from '../../../src/server/index.ts';

const BATCH: BatchRecord = {
  sequence: 1,
  batchId: 'demo-1767225600000-12345678' as BatchId,
  client: 'demo' as ClientCode,
  api: 'v2',
  idKind: 'pcId',
  status: 'complete',
  batchSize: 6,
  consumedCount: 6,
  successfulUpdates: 4,
  lostRows: 0,
  faults: undefined,
  createdProfiles: 1,
  profilesNotFound: 0,
  failedUpdates: 1,
  ignoredRows: 1,
  submittedAt: Date.UTC(2026, 0, 1),
  dueAt: Date.UTC(2026, 0, 1),
  completedAt: Date.UTC(2026, 0, 1, 10, 30),
  body: 'kept',
  bodyBytes: 90,
  settings: DEFAULT_SETTINGS,
  diagnostics: [{ rule: 'key-ecid-guidance', count: 2, first: [] }],
  overrides: [],
};

describe('a completed batch', () => {
  it('is one line with its counters and what was noted', () => {
    expect(batchLine(BATCH, styleFor(false))).toBe(
      '10:30:00 demo v2 demo-1767225600000-12345678 complete: 6 rows, 3 updated, 1 created, 1 failed, 1 ignored. Noted: key-ecid-guidance x2.',
    );
  });

  it('v2-override-caveat: sounds the lost-update alarm for what it took away, not for what was taken from it', () => {
    const other = 'demo-1767225500000-00000001' as BatchId;
    const rows = ['ann', 'bob', 'c\n', 'dan'].map((id, index) => ({ row: index + 1, id, attributes: [] }));
    const overrides = [
      { batch: other, by: BATCH.batchId, count: 12, first: rows },
      { batch: BATCH.batchId, by: other, count: 1, first: rows.slice(0, 1) },
    ];
    expect(batchLine({ ...BATCH, overrides }, styleFor(false))).toMatch(
      / Lost update: attributes of demo-1767225500000-00000001 overridden in 12 rows \(ann, bob, c\\u\{a\}, \.\.\.; v2-override-caveat\)\.$/,
    );
  });

  it('is one object for machines', () => {
    expect(batchJson(BATCH)).toMatchObject({
      batchId: BATCH.batchId,
      diagnostics: [{ rule: 'key-ecid-guidance', count: 2 }],
    });
  });
});
