/** What a row of a batch does to a client code. */
import type { Api, RowOutcome, RuleId, Settings, VisitorIdKind } from '../../protocol/vocabulary/index.ts';
import type { ModelRow, NamedValue } from './batch-file.ts';
import type { ModelClient } from './client.ts';
import { drop, type ModelProfile, visible, write } from './profile.ts';

export interface RowResult {
  readonly outcome: RowOutcome;
  readonly rule: RuleId;
  readonly column: number | undefined;
  /** Rules worth a note at this row. */
  readonly notes: readonly RuleId[];
  /** v2-override-caveat: what earlier batches had written, and this row took away without writing it anew. */
  readonly overridden: readonly { readonly batch: string; readonly row: number; readonly name: string }[];
}

/** The part of a batch that its rows need. */
export interface RowContext {
  readonly batchId: string;
  readonly api: Api;
  readonly idKind: VisitorIdKind;
  /** As they were when the batch was accepted. */
  readonly settings: Settings;
}

/** Whether the counters tell of a row that is lost on purpose. */
export type ModelLoss = 'silent' | 'visible';

/** `number` is the row's; where `loss` says so, it is lost in place of being written. */
export function applyRow(
  client: ModelClient,
  batch: RowContext,
  number: number,
  row: ModelRow,
  now: number,
  loss?: ModelLoss,
): RowResult {
  const { batchId, api, idKind, settings } = batch;
  // our-empty-only-counters: ignored rows count for no counter of the API's own.
  if (row.kind === 'ignored') return result('ignored', 'empty-only-skipped');
  if (row.kind === 'failed') return { ...result('failed', row.rule), column: row.column };
  const id = { kind: idKind, value: row.id };
  const existing = client.find(id, now, settings);
  // v1-update-only, v1-notfound-count
  if (existing === undefined && api === 'v1') return result('not-found', 'v1-update-only');
  // thr-loss, thr-message-loss: the counters tell of it or do not.
  if (loss !== undefined) return loss === 'silent' ? result('lost', 'thr-loss') : result('failed', 'thr-message-loss');
  // v2-upsert: known from this row on, whatever is pending.
  const profile = existing ?? client.create(id, now, settings);
  const notes: RuleId[] = [];
  let overridden: RowResult['overridden'] = [];
  // v2-override-caveat: v2 with pcId always merges, as v1 does (v1-merge-keys).
  const layer = api === 'v2' && idKind === 'thirdPartyId' ? 'pending' : 'base';
  if (layer === 'pending') {
    if (readingsDiffer(profile, row.values, batchId)) notes.push('v2-override-caveat');
    const before = profile.attributes;
    dropEarlier(profile, batchId, settings.consecutiveV2);
    const dropped = before.filter((held) => !profile.attributes.includes(held));
    overridden = dropped.flatMap(({ name, by }) =>
      by === undefined || row.values.some((written) => written.name === name) ? [] : [{ ...by, name }],
    );
  }
  const evicted = write(profile, layer, row.values, now, { batch: batchId, row: number });
  if (evicted > 0) notes.push('lim-64k-evict');
  client.touch(profile, now, settings);
  if (api === 'v1') return { ...result('updated', 'v1-merge-keys'), notes };
  return { ...result(existing === undefined ? 'created' : 'updated', 'v2-upsert'), notes, overridden };
}

/** v2-override-caveat: the three readings of what a v2 row takes away before it writes; R1 knows no caveat at all. */
function dropEarlier(profile: ModelProfile, batchId: string, reading: Settings['consecutiveV2']): void {
  const own = profile.attributes.filter((held) => held.by?.batch === batchId);
  // R3: rows of one batch extend one pending set; the first row of a later batch replaces it.
  if (reading === 'replace-pending' && !own.some((held) => held.layer === 'pending')) drop(profile, 'pending');
  // R2: only what this batch says remains.
  if (reading === 'replace-record' && own.length === 0) drop(profile, 'all');
}

/** The three readings tried on copies: would the visitor's attributes come out different? */
function readingsDiffer(profile: ModelProfile, values: readonly NamedValue[], batchId: string): boolean {
  const outcomes = (['replace-pending', 'last-write-wins', 'replace-record'] as const).map((reading) => {
    const copy = { ...profile };
    dropEarlier(copy, batchId, reading);
    write(copy, 'pending', values, 0);
    const pairs = visible(copy).map(({ name, value }) => [name, value]);
    return JSON.stringify(pairs.toSorted());
  });
  return new Set(outcomes).size > 1;
}

function result(outcome: RowOutcome, rule: RuleId): RowResult {
  return { outcome, rule, column: undefined, notes: [], overridden: [] };
}
