/** Every fault, and the sets of them: data, replaced as a whole; `{}` means none. */
import { z } from 'zod';
import {
  BATCH_FILE_BYTES_LIMIT,
  BATCH_ROWS_MAX,
  CALLS_PER_MINUTE_MAX,
  DAY_MS,
  LOST_ROWS_SHARE_MAX,
  SINGLE_UPDATES_PER_DAY,
} from '../../protocol/vocabulary/index.ts';
import type { Random } from '../runtime/random.ts';
import { faultOn, type Occasion, OPERATIONS } from './fault.ts';
import { SEEDS_MAX } from './lost-row.ts';

const CUT_REPLY_BYTES_MAX = 64 * 1024 * 1024;
const DRIP_BYTES_MAX = 64 * 1024;
const DRIP_EVERY_MS_MAX = 60 * 1000;
const LATENCY_MS_MAX = 10 * 60 * 1000;
const MESSAGE_CHARS_MAX = 1_000;
const RETRY_AFTER_SECONDS_MAX = 86_400;
const SLOW_EVERY_MS_MAX = DAY_MS;

/** A whole number of so many at least and at most. */
const whole = (min: number, max: number, byDefault: number, description: string) =>
  z.int().min(min).max(max).default(byDefault).describe(description);

const lossOf = (name: 'silentLoss' | 'visibleLoss', on: readonly Occasion[] = ['submit']) =>
  faultOn(
    on,
    () => ({
      share: z
        .number()
        .min(0)
        .max(1)
        .default(LOST_ROWS_SHARE_MAX)
        .describe('Chance of each row that would be written. The documents admit 0.001; more serves small tests.'),
    }),
    ({ share }, random) => ({ kind: 'batch', faults: { [name]: { share, seed: random.integer(0, SEEDS_MAX) } } }),
  );

const limitOf = (on: readonly Occasion[], of: 'accountCalls' | 'accountUpdates', max: number, which: string) =>
  faultOn(
    on,
    () => ({ usedByOthers: whole(0, max, 0, `${which} that somebody else on the account makes.`) }),
    ({ usedByOthers }) => ({ kind: 'limit', of, usedByOthers }),
  );

/** In the order they are asked: what keeps a request out, what travels with a batch, what becomes of the reply. */
export const FAULTS = {
  /** Any HTTP status, for as many requests as told: the batch is not taken in. */
  status: faultOn(
    OPERATIONS,
    () => ({
      code: whole(400, 599, 503, 'The status code.'),
      retryAfterSeconds: z.int().min(0).max(RETRY_AFTER_SECONDS_MAX).optional().describe('Sent as Retry-After.'),
    }),
    ({ code, retryAfterSeconds }) => ({
      kind: 'answer',
      status: code,
      message: `Answered with ${code} on purpose.`,
      ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    }),
  ),
  /** The account's limit of 50 calls a minute (lim-calls-min), whatever the setting `rateLimit` says; others may use it too. */
  callsPerMinute: limitOf(['submit', 'status'], 'accountCalls', CALLS_PER_MINUTE_MAX, 'Calls of each minute'),
  /** The account's limit of a million single updates a day (lim-single-rate); others may use it too. */
  updatesPerDay: limitOf(['update'], 'accountUpdates', SINGLE_UPDATES_PER_DAY, 'Single updates of each day'),
  /** `success=false` with HTTP 200, for a submission that nothing is wrong with; nothing is taken in. */
  refuse: faultOn(
    ['submit', 'update'],
    () => ({
      message: z.string().max(MESSAGE_CHARS_MAX).default('Refused on purpose.').describe('What the reply says.'),
    }),
    ({ message }) => ({ kind: 'answer', status: 200, message }),
  ),
  /** The connection is cut while the request's body arrives: nothing of it is kept. A shorter body passes. */
  cutRequest: faultOn(
    ['submit', 'update'],
    () => ({ afterBytes: whole(0, BATCH_FILE_BYTES_LIMIT, 0, 'Bytes of the body that are taken in.') }),
    ({ afterBytes }) => ({ kind: 'cut-request', afterBytes }),
  ),
  /** The batch never finishes: after so many rows, in the order they are applied, its status is `stuck`. */
  stuck: faultOn(
    ['submit'],
    () => ({ afterRows: whole(0, BATCH_ROWS_MAX, 0, 'Rows applied before; a shorter batch completes.') }),
    ({ afterRows }) => ({ kind: 'batch', faults: { stuckAfterRows: afterRows } }),
  ),
  /** The batch is applied a few rows at a time, with a wait on the clock between (thr-business-hours). */
  slowIngestion: faultOn(
    ['submit'],
    () => ({
      rowsPerStep: whole(1, BATCH_ROWS_MAX, 100, 'Rows at a time.'),
      everyMs: whole(0, SLOW_EVERY_MS_MAX, 1_000, 'Milliseconds between; 0 waits for nothing.'),
    }),
    (slow) => ({ kind: 'batch', faults: { slow: { rowsPerStep: slow.rowsPerStep, everyMs: slow.everyMs } } }),
  ),
  /** Rows are lost and nothing says so (thr-loss, ca-loss): the counters are those of a batch or a file without loss. */
  silentLoss: lossOf('silentLoss', ['submit', 'attributes']),
  /** Rows are lost and the batch says so (thr-message-loss): they count as `failedUpdates`. */
  visibleLoss: lossOf('visibleLoss'),
  /** Accepts and commits, then cuts the connection before the first byte of the reply: the sender cannot know. */
  commitThenCut: faultOn(
    ['submit', 'update'],
    () => ({}),
    () => ({ kind: 'drop-reply' }),
  ),
  /** A reply whose XML is cut off in the middle, or whose tags do not match; the HTTP around it is whole. */
  malformedXml: faultOn(
    ['submit', 'status', 'update'],
    () => ({
      how: z
        .enum(['truncated', 'mismatched'])
        .default('truncated')
        .describe('Cut off at a place that is drawn, or with a closing tag that was never opened.'),
    }),
    ({ how }, random) => ({
      kind: 'edit-reply',
      edit: (xml) => (how === 'truncated' ? truncated(xml, random) : xml.replaceAll(/<\/(\w+)>/g, '</$1-broken>')),
    }),
  ),
  /** The reply comes late: the work is done, then the clock is waited for. A virtual one must be moved on. */
  latency: faultOn(
    OPERATIONS,
    () => ({
      ms: whole(0, LATENCY_MS_MAX, 1_000, 'Milliseconds at least.'),
      jitterMs: whole(0, LATENCY_MS_MAX, 0, 'Up to so many more, as drawn.'),
    }),
    ({ ms, jitterMs }, random) => ({ kind: 'delay-reply', ms: ms + random.integer(0, jitterMs) }),
  ),
  /** The connection is cut within the reply: its head is sent, and so many bytes of its body. A shorter one passes. */
  cutReply: faultOn(
    OPERATIONS,
    () => ({ afterBytes: whole(0, CUT_REPLY_BYTES_MAX, 0, 'Bytes of the body that are sent.') }),
    ({ afterBytes }) => ({ kind: 'cut-reply', afterBytes }),
  ),
  /** The reply's body comes a few bytes at a time, with a wait on the clock before each. */
  drip: faultOn(
    OPERATIONS,
    () => ({
      bytes: whole(1, DRIP_BYTES_MAX, 16, 'Bytes at a time.'),
      everyMs: whole(1, DRIP_EVERY_MS_MAX, 100, 'Milliseconds before each.'),
    }),
    ({ bytes, everyMs }) => ({ kind: 'drip-reply', chunkBytes: bytes, everyMs }),
  ),
};

/** At least the first character stays, and at least the last one goes. */
const truncated = (xml: string, random: Random) => xml.slice(0, random.integer(1, Math.max(1, xml.length - 1)));

type FaultFields = { [Name in keyof typeof FAULTS]: z.ZodOptional<(typeof FAULTS)[Name]['schema']> };

/** One optional field for each fault. */
export const faultSetSchema = z.strictObject(
  Object.fromEntries(Object.entries(FAULTS).map(([name, { schema }]) => [name, schema.optional()])) as FaultFields,
);

/** With every default filled in. */
export type FaultSet = z.output<typeof faultSetSchema>;
/** As it may be given: only what differs from the defaults. */
export type GivenFaults = z.input<typeof faultSetSchema>;
export type FaultName = keyof FaultSet;
