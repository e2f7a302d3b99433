/** What a client learns from the answer to a status request, in whichever shape it comes. */
import { stTerminal } from '../rules/status.ts';
import type { BatchStatus, Counters } from '../vocabulary/index.ts';
import { readLeaves } from './read-reply.ts';

export interface StatusReply {
  readonly batchId: string;
  readonly status: BatchStatus;
  /** The numbers the reply had, `batchSize` among them; undefined where it had none. */
  readonly counters: Partial<Omit<Counters, 'ignoredRows'>> | undefined;
}

/** Undefined where the text is no such answer. Never throws. */
export function readStatusReply(text: string): StatusReply | undefined {
  let rows = 0;
  let pendingRows = 0;
  const leaves = readLeaves(text, (parent, name, value) => {
    if (parent !== 'profile' || name !== 'status') return;
    rows += 1;
    if (value === 'pending') pendingRows += 1;
  });
  const batchId = leaves?.get('batchId');
  if (leaves === undefined || batchId === undefined) return undefined;
  const word = leaves.get('status');
  // The 2017 shape has no status of the whole; it is complete when no row is pending.
  if (word === undefined && rows === 0) return undefined;
  const status = word === undefined ? (pendingRows > 0 ? 'incomplete' : 'complete') : stTerminal.decide(word);

  const counters: { -readonly [Name in CounterName]?: number } = {};
  for (const name of COUNTER_NAMES) {
    const digits = leaves.get(name);
    if (digits === undefined) continue;
    if (!/^\d{1,15}$/.test(digits)) return undefined;
    counters[name] = Number(digits);
  }
  return { batchId, status, counters: Object.keys(counters).length > 0 ? counters : undefined };
}

const COUNTER_NAMES = ['batchSize', 'consumedCount', 'successfulUpdates', 'profilesNotFound', 'failedUpdates'] as const;
type CounterName = (typeof COUNTER_NAMES)[number];
