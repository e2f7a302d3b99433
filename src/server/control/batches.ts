/** Batches as the real service never shows them: with diagnostics, and row by row. */
import { z } from 'zod';
import { rowMessage } from '../../protocol/rules/index.ts';
import { ROW_OUTCOMES, type RuleId } from '../../protocol/vocabulary/index.ts';
import { ownError, ownJson } from '../http/own-error.ts';
import { Reply } from '../http/reply.ts';
import type { EmulatorContext } from '../http/emulator-env.ts';
import type { Services } from '../http/services.ts';
import type { BatchOverride, BatchRecord, RowRecord } from '../store/store.ts';
import { controlClient, controlQuery } from './control-input.ts';
import { pageOf, pageQueryShape } from './page-query.ts';

export const batchesQuery = z.strictObject({ client: z.string().optional(), ...pageQueryShape });
export const rowsQuery = z.strictObject({ outcome: z.enum(ROW_OUTCOMES).optional(), ...pageQueryShape });

export function listBatches({ reader }: Services, c: EmulatorContext): Reply {
  const query = controlQuery(c, batchesQuery);
  if (query instanceof Reply) return query;
  const client = query.client === undefined ? undefined : controlClient(query.client);
  if (client instanceof Reply) return client;
  const page = reader.batches({ ...pageOf(query), ...(client !== undefined && { client }) });
  return ownJson({ batches: page.items.map(batchView), next: page.next ?? null });
}

export function showBatch({ reader }: Services, batchId: string): Reply {
  const batch = reader.batch(batchId);
  return batch === undefined ? noBatch() : ownJson(batchView(batch));
}

export function showBatchRows({ reader }: Services, c: EmulatorContext, batchId: string): Reply {
  const query = controlQuery(c, rowsQuery);
  if (query instanceof Reply) return query;
  const batch = reader.batch(batchId);
  if (batch === undefined) return noBatch();
  const page = reader.rows(batchId, {
    ...pageOf(query),
    ...(query.outcome !== undefined && { outcome: query.outcome }),
  });
  return ownJson({ rows: page.items.map((row) => rowView(batch, row)), next: page.next ?? null });
}

function batchView(batch: BatchRecord) {
  return {
    batchId: batch.batchId,
    client: batch.client,
    api: batch.api,
    status: batch.status,
    batchSize: batch.batchSize,
    consumedCount: batch.consumedCount,
    successfulUpdates: batch.successfulUpdates,
    profilesNotFound: batch.profilesNotFound,
    failedUpdates: batch.failedUpdates,
    ignoredRows: batch.ignoredRows,
    createdProfiles: batch.createdProfiles,
    lostRows: batch.lostRows,
    faults: batch.faults ?? {},
    submittedAt: new Date(batch.submittedAt).toISOString(),
    completedAt: batch.completedAt === undefined ? null : new Date(batch.completedAt).toISOString(),
    body: batch.body,
    diagnostics: batch.diagnostics,
    overrides: batch.overrides.map(overrideView),
  };
}

/** The lost-update alarm, seen from either batch. */
function overrideView({ batch, by, count, first }: BatchOverride) {
  return { batch: batch ?? null, by, count, rule: 'v2-override-caveat' satisfies RuleId, first };
}

function rowView(batch: BatchRecord, { row, id, outcome, rule, column }: RowRecord) {
  const message = rowMessage({ row, outcome, rule, column, idKind: batch.idKind });
  return { row, id: id ?? null, outcome, rule, ...(column !== undefined && { column }), message };
}

const noBatch = () => ownError({ status: 404, code: 'unknown-batch', message: 'there is no batch with this id.' });
