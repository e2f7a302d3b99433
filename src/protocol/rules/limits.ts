/** How much is too much: the file, its rows, and what one profile holds. */
import {
  BATCH_FILE_BYTES_LIMIT,
  BATCH_FILE_BYTES_WARN,
  BATCH_ROWS_MAX,
  CALLS_PER_MINUTE_MAX,
  MBOX_VALUE_LENGTH_MAX,
  PROFILE_BYTES_MAX,
} from '../vocabulary/index.ts';
import type { Rejection, Settings } from '../vocabulary/index.ts';
import { longerThan } from './keys.ts';
import { BULK, type DecidingRule, documented, ours, refuse } from './rule.ts';

export const limFileSize: DecidingRule<
  (bytes: number, reading: Settings['sizeLimit']) => 'accept' | 'warn' | Rejection
> = {
  id: 'lim-file-size',
  statement: 'A batch file must be smaller than 50 MB, read as 50 MiB of encoded bytes.',
  ...documented('BULK; SLATE; Q17'),
  setting: 'sizeLimit',
  contradiction: 'TT-B: less than 60 MB. MB or MiB is not stated: from 50,000,000 bytes on there is a warning.',
  note: 'Answered with HTTP 413, the only precedent (lim-delivery-body). Ours: MB is read as MiB by default, and a file from 50,000,000 bytes on is noted.',
  decide(bytes, reading) {
    if (bytes < BATCH_FILE_BYTES_WARN) return 'accept';
    const limit = batchFileBytesLimit(reading);
    if (bytes < limit) return 'warn';
    return refuse(
      'lim-file-size',
      `The batch file has ${limit} bytes or more; it must be smaller than ${reading === '50-mb' ? '50 MB' : '50 MiB'}. Split it.`,
    );
  },
};

/** The first size that is too much. */
export const batchFileBytesLimit = (reading: Settings['sizeLimit']): number =>
  reading === '50-mb' ? BATCH_FILE_BYTES_WARN : BATCH_FILE_BYTES_LIMIT;

export const limRows: DecidingRule<(dataRows: number) => Rejection | undefined> = {
  id: 'lim-rows',
  statement: 'A batch file has at most 500,000 data rows; the header row and blank lines are not counted.',
  ...documented('BULK; Q17'),
  contradiction: 'TT-B: *less than* 500k.',
  note: 'Ours: the header row and blank lines are not counted.',
  decide: (dataRows) =>
    dataRows <= BATCH_ROWS_MAX
      ? undefined
      : refuse('lim-rows', `The batch file has more than ${BATCH_ROWS_MAX} data rows. Split it.`, {
          row: BATCH_ROWS_MAX + 1,
        }),
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
  ...documented('CA; BULK (lim-profile-64k); Q18, Q28', ...BULK, 'single-update'),
  note: 'Written for customer attributes; the only published overflow behaviour. Ours: the budget counts what a fetch would show, one value for each name, and what waits in a session (mrg-memory) as if it were there, so that a fetch may show more until the session ends, where a short value waits over a long one; an evicted name goes from both layers; on equal times the one written earlier goes first, and of one JSON object, in a seed or a Delivery call, names that are whole numbers are written first, in their order.',
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

/** Advice: the API states it for values sent in mbox calls only. */
export const limValue256: DecidingRule<(value: string) => boolean> = {
  id: 'lim-value-256',
  statement:
    'Profile values sent in mbox and Delivery calls have at most 256 characters; a longer one in a batch file is stored whole and noted.',
  ...documented('LIM (2025-10-27)'),
  contradiction: 'DEL, and LIM until 2025-10-27: 5000. CA: a single field has no limit of its own.',
  note: 'Never stated for bulk. Ours: advice only, counted in code points of the decoded value.',
  decide: (value) => longerThan(value, MBOX_VALUE_LENGTH_MAX),
};

/** Whether a call falls under the limit at all. */
export const limCallsMin: DecidingRule<(reading: Settings['rateLimit'], call: 'submission' | 'status') => boolean> = {
  id: 'lim-calls-min',
  statement: 'The bulk profile update API takes 50 calls a minute; beyond that it answers HTTP 503.',
  ...documented('LIM (2021-05-27, scope 2021-07-12); Q16', ...BULK, 'status'),
  setting: 'rateLimit',
  note: 'Delivery and the single update are not limited by it. Ours: off by default, strict mode counts submissions, and whether status requests count is a setting, since it is not stated.',
  decide: (reading, call) =>
    reading === 'submissions-and-status' || (reading === 'submissions' && call === 'submission'),
};

/** Whose calls count together. */
export const limCallsPerUser: DecidingRule<
  (reading: Settings['rateKey'], caller: { readonly client: string; readonly sender: string }) => string
> = {
  id: 'lim-calls-per-user',
  statement:
    'The 50 calls a minute are a general throttling per user; after 30 seconds to a minute most calls pass again.',
  ...documented('KCS14023', ...BULK, 'status'),
  setting: 'rateKey',
  note: 'Said of the Admin and Reporting APIs, with which LIM counts the bulk API. Ours: a user is a client code, by setting the address that calls.',
  decide: (reading, { client, sender }) => (reading === 'client' ? client : `sender ${sender}`),
};

/** Whether one more call at `now` stays within the limit; `callTimes` are one caller's that were let through. */
export const ourRateWindow: DecidingRule<(callTimes: readonly number[], now: number) => boolean> = {
  id: 'our-rate-window',
  statement:
    'Calls are counted over the last 60 seconds, per client code or by setting per sender; a call that this limit refuses does not count.',
  ...ours('Q16', ...BULK, 'status'),
  setting: 'rateKey',
  contradiction: 'lim-calls-per-user.',
  decide(callTimes, now) {
    let recent = 0;
    for (const time of callTimes) if (now - time < RATE_WINDOW_MS) recent += 1;
    return recent < CALLS_PER_MINUTE_MAX;
  },
};

/** The sliding minute of rule our-rate-window. */
const RATE_WINDOW_MS = 60_000;

/** Batches accepted and not complete, and the bytes of their bodies. */
export interface Backlog {
  readonly batches: number;
  readonly bytes: number;
}

/** The most that may wait in this emulator. */
export const BACKLOG_MAX: Backlog = { batches: 10_000, bytes: 1024 ** 3 };

export const ourQueueBound: DecidingRule<(backlog: Backlog, most: Backlog) => Rejection | undefined> = {
  id: 'our-queue-bound',
  statement:
    'The emulator refuses a submission with HTTP 503 while as many batches as it may queue (10,000 by default), or 1 GiB of them, wait to be applied, or 512 MiB of bodies, 256 MiB from one sender, are on their way.',
  ...ours('this emulator; nothing of the API'),
  fixed: 'A bound of this emulator; its size is the option `queueBatchesMax`.',
  decide: (backlog, most) =>
    backlog.batches < most.batches && backlog.bytes < most.bytes
      ? undefined
      : refuse(
          'our-queue-bound',
          `${backlog.batches} batches (${backlog.bytes} bytes) wait to be applied already; let some complete and send this one again.`,
        ),
};

/** Of bodies that are not accepted yet; five full batches of one sender at a time. */
export const BYTES_IN_FLIGHT_MAX = { sender: 256 * 1024 ** 2, all: 512 * 1024 ** 2 };

/** The other half of our-queue-bound: what has arrived of bodies that are on their way. */
export const bytesInFlightBound = (sender: number, all: number): Rejection | undefined =>
  sender <= BYTES_IN_FLIGHT_MAX.sender && all <= BYTES_IN_FLIGHT_MAX.all
    ? undefined
    : refuse(
        'our-queue-bound',
        `Bodies of ${all} bytes (${sender} from this sender) are on their way already; let some arrive and send this one again.`,
      );
