/** How much is too much: the file, its rows, and what one profile holds. */
import { BATCH_FILE_BYTES_LIMIT, BATCH_FILE_BYTES_WARN, BATCH_ROWS_MAX, PROFILE_BYTES_MAX } from '../vocabulary/index.ts';
import type { Rejection } from '../vocabulary/index.ts';
import { BULK, type DecidingRule } from './rule.ts';

export const limFileSize: DecidingRule<(bytes: number) => 'accept' | 'warn' | Rejection> = {
  id: 'lim-file-size',
  statement: 'A batch file must be smaller than 50 MB, read as 50 MiB of encoded bytes.',
  source: 'BULK; SLATE; Q17',
  confidence: 'documented',
  versions: BULK,
  contradiction: 'TT-B: less than 60 MB. MB or MiB is not stated: from 50,000,000 bytes on there is a warning.',
  note: 'Answered with HTTP 413, the only precedent (lim-delivery-body).',
  decide(bytes) {
    if (bytes < BATCH_FILE_BYTES_WARN) return 'accept';
    if (bytes < BATCH_FILE_BYTES_LIMIT) return 'warn';
    return {
      kind: 'rejection',
      rule: 'lim-file-size',
      message: `The batch file has ${BATCH_FILE_BYTES_LIMIT} bytes or more; it must be smaller than 50 MiB. Split it.`,
    };
  },
};

export const limRows: DecidingRule<(dataRows: number) => Rejection | undefined> = {
  id: 'lim-rows',
  statement: 'A batch file has at most 500,000 data rows; the header row and blank lines are not counted.',
  source: 'BULK; Q17',
  confidence: 'documented',
  versions: BULK,
  contradiction: 'TT-B: *less than* 500k.',
  decide: (dataRows) =>
    dataRows <= BATCH_ROWS_MAX
      ? undefined
      : {
          kind: 'rejection',
          rule: 'lim-rows',
          message: `The batch file has more than ${BATCH_ROWS_MAX} data rows. Split it.`,
          where: { row: BATCH_ROWS_MAX + 1 },
        },
};

/** One visible attribute, as the budget sees it. */
export interface BudgetEntry {
  /** UTF-8 bytes of name and value. */
  readonly bytes: number;
  readonly modifiedAt: number;
}

/** Which of a profile's visible attributes, given in the order they were written, must go; indexes, oldest first. */
export const lim64kEvict: DecidingRule<(entries: readonly BudgetEntry[]) => number[]> = {
  id: 'lim-64k-evict',
  statement:
    'A profile over 64 KB (65,536 bytes of UTF-8 names and values) loses its oldest attributes until it fits; on equal times the one written earlier goes first.',
  source: 'CA; BULK (lim-profile-64k); Q18, Q28',
  confidence: 'documented',
  versions: [...BULK, 'single-update'],
  note: 'Written for customer attributes; the only published overflow behaviour. The budget counts what a fetch would show: one value for each name; an evicted name goes from both layers.',
  decide(entries) {
    let total = entries.reduce((sum, entry) => sum + entry.bytes, 0);
    if (total <= PROFILE_BYTES_MAX) return [];
    const oldestFirst = entries.map((_, index) => index);
    oldestFirst.sort((a, b) => entries[a]!.modifiedAt - entries[b]!.modifiedAt || a - b);
    const evicted: number[] = [];
    for (const index of oldestFirst) {
      if (total <= PROFILE_BYTES_MAX) break;
      total -= entries[index]!.bytes;
      evicted.push(index);
    }
    return evicted;
  },
};
