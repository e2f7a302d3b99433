/** What a client learns from the answer to a status request, in whichever shape it comes. */
import { stTerminal } from '../rules/status.ts';
import type { BatchStatus, Counters } from '../vocabulary/index.ts';
import { readLeaves } from './read-reply.ts';

export interface StatusReply {
  readonly batchId: string;
  readonly status: BatchStatus;
  /** The numbers the reply had, `batchSize` among them; undefined where it had none. */
  readonly counters: Partial<Omit<Counters, 'ignoredRows'>> | undefined;
  /** Ids of failed rows, where the reply names them (res-row-2017, res-row-2020-after): the first ones. */
  readonly failedIds: readonly string[];
}

/** Failed ids that are kept of one reply; all are counted. */
export const FAILED_IDS_MAX = 100_000;

/** Undefined where the text is no such answer. Never throws. */
export function readStatusReply(text: string): StatusReply | undefined {
  const rows = { success: 0, failed: 0, pending: 0 };
  const failedIds: string[] = [];
  let id = '';
  const leaves = readLeaves(text, (parent, name, value) => {
    if (parent !== 'profile') return;
    if (name === 'id') id = value;
    if (name !== 'status') return;
    // `error` in 2017, `failed` since (res-row-values-2017).
    const outcome = value === 'success' || value === 'pending' ? value : 'failed';
    rows[outcome] += 1;
    if (outcome === 'failed' && failedIds.length < FAILED_IDS_MAX) failedIds.push(id);
  });
  const batchId = leaves?.get('batchId');
  if (leaves === undefined || batchId === undefined) return undefined;
  const word = leaves.get('status');
  // The 2017 shape has no status of the whole; it is complete when no row is pending.
  const counted = rows.success + rows.failed;
  if (word === undefined && counted + rows.pending === 0) return undefined;
  const status = word === undefined ? (rows.pending > 0 ? 'incomplete' : 'complete') : stTerminal.decide(word);

  const counters: { -readonly [Name in CounterName]?: number } = {};
  // Where every row is listed, the rows are the counters; where failed ones alone are, the others stay unknown.
  if (word === undefined) {
    Object.assign(counters, { consumedCount: counted, successfulUpdates: rows.success, profilesNotFound: 0 });
  }
  if (counted > 0) counters.failedUpdates = rows.failed;
  for (const name of COUNTER_NAMES) {
    const digits = leaves.get(name);
    if (digits === undefined) continue;
    if (!/^\d{1,15}$/.test(digits)) return undefined;
    counters[name] = Number(digits);
  }
  return { batchId, status, counters: Object.keys(counters).length > 0 ? counters : undefined, failedIds };
}

const COUNTER_NAMES = ['batchSize', 'consumedCount', 'successfulUpdates', 'profilesNotFound', 'failedUpdates'] as const;
type CounterName = (typeof COUNTER_NAMES)[number];
