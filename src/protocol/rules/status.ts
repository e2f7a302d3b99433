/** The life of a batch as its status tells it: ids, links, states, how long it is remembered. */
import {
  BATCH_STATUS_KEPT_MS,
  BATCH_STATUSES_KEPT_TT,
  STATUS_LINK_LENGTH_MAX,
  type BatchId,
  type BatchStatus,
  type ClientCode,
  type Counters,
  type Rejection,
  type Settings,
} from '../vocabulary/index.ts';
import type { Progression } from '../vocabulary/progression.ts';
import { BULK, type DecidingRule, inferred, observedByClient, ours, refuse } from './rule.ts';

/** `number` is drawn from 0 to 99,999,999. */
export const resBatchidCurrent: DecidingRule<(client: ClientCode, now: number, number: number) => BatchId> = {
  id: 'res-batchid-current',
  statement: 'A batch id is `{client}-{milliseconds since 1970}-{8 digits}`, opaque to everybody but its maker.',
  ...inferred('BULK; RN20', ...BULK, 'status'),
  note: 'Inferred from two samples; what the last number means is unknown.',
  decide: (client, now, number) => `${client}-${now}-${String(number).padStart(8, '0')}` as BatchId,
};

export interface StatusLink {
  /** `http` or `https`, as the batch was submitted (res-url-scheme). */
  readonly scheme: string;
  /** Host and port as the client used them, if they are to be used. */
  readonly authority: string;
  /** What stands before `/m2` there, where the emulator is mounted below a path: `/emulator`. */
  readonly prefix?: string;
  /** The emulator's own, with its scheme: used instead of an authority that no link can carry. */
  readonly ownOrigin: string;
  readonly client: ClientCode;
  readonly batchId: BatchId;
  /** `tt` adds the made-up visitor of ep-status-v1-legacy. */
  readonly shape?: Settings['statusShape'];
}

/** The link of a submission's answer: at most 255 characters, exactly one `?`, no fragment (ep-status-append). */
export const statusLink: DecidingRule<(parts: StatusLink) => string> = {
  id: 'res-url-len',
  statement: 'The status link starts with `http` and has at most 255 characters.',
  ...observedByClient('WDT', ...BULK, 'status'),
  note: "A real client keeps it in a column of 255. Ours: a host name too long for that gives way to the emulator's own.",
  decide({ scheme, authority, prefix = '', ownOrigin, client, batchId, shape }) {
    const suffix = shape === 'tt' ? TT_VISITOR : '';
    const linkFrom = (origin: string) => `${origin}/m2/${client}/profile/batchStatus?batchId=${batchId}${suffix}`;
    const link = linkFrom(`${scheme}://${authority}${prefix}`);
    // Of names such as `.0` only the parser of URLs knows that they are none.
    const isUsable = AUTHORITY.test(authority) && link.length <= STATUS_LINK_LENGTH_MAX && URL.canParse(link);
    return isUsable ? link : linkFrom(ownOrigin);
  },
};

const TT_VISITOR = '&mboxPC=0000000000000-000000.19_05';
/** A name, an IPv4 or a bracketed IPv6 address, and a port: nothing that could end a URL's authority. */
const AUTHORITY = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;

/**
 * Which authority the link carries; empty where the emulator has to name itself. `used` is the sender's word for this place,
 * and `leadsHere` tells whether it comes back here by it.
 */
export const ourLinkHost: DecidingRule<
  (reading: Settings['linkHost'], used: string, leadsHere?: () => boolean) => string
> = {
  id: 'our-link-host',
  statement:
    'The status link has the scheme of the submission and the host the client used, or, by setting, that of an edge.',
  ...ours('Q22; res-url-scheme; ep-status-absolute', ...BULK, 'status'),
  setting: 'linkHost',
  note: "An Adobe host name in a bare `Host` header, sent neither to a proxy nor to its port, would lead to the real service: it gives way to the emulator's own. The edge is always `mboxedge28.tt.omtrdc.net`.",
  decide(reading, used, leadsHere = () => true) {
    if (reading === 'edge') return LINK_EDGE;
    return ADOBE_HOST.test(used) && !leadsHere() ? '' : used;
  },
};

/** Any edge would do; this one stands in the documents' Delivery samples. */
const ADOBE_HOST = /\.(?:omtrdc\.net|adobe\.io)(?::\d+)?$/i;
const LINK_EDGE = 'mboxedge28.tt.omtrdc.net';

/** Whether a status request sees `incomplete` although all is done; `polls` counts the requests before this one. */
export const ourFirstIncomplete: DecidingRule<(pace: Progression['kind'], polls: number) => boolean> = {
  id: 'our-first-incomplete',
  statement: 'At a realistic pace the first status request of a batch is answered `incomplete` with nothing consumed.',
  ...ours('Q15; st-immediately-incomplete', 'status'),
  fixed: 'The pace is the choice: at once or by hand nothing is shown that is not so.',
  decide: (pace, polls) => pace === 'realistic' && polls === 0,
};

/** What such an answer says of the batch, whatever has become of it; its rows are all `pending`. */
export const NOTHING_CONSUMED = {
  status: 'incomplete',
  consumedCount: 0,
  successfulUpdates: 0,
  profilesNotFound: 0,
  failedUpdates: 0,
} as const satisfies { readonly status: BatchStatus } & Omit<Counters, 'batchSize' | 'ignoredRows'>;

/** What is known of the batch asked for. */
export interface KnownBatch {
  /** Undefined while it is not complete: such a batch is always known. */
  readonly completedAt: number | undefined;
  /** How many batches of the same client were accepted after it. */
  readonly newerBatches: number;
}

export const ourUnknownBatch: DecidingRule<
  (
    batch: KnownBatch | undefined,
    shape: Settings['statusShape'],
    now: number,
    /** As asked for; empty where it was not. */
    batchId?: string,
  ) => Rejection | undefined
> = {
  id: 'our-unknown-batch',
  statement:
    "A batch is known for 24 hours after it completed, in `tt` shape as one of its client's latest 10; after that, and for an id never given to this client, the answer is HTTP 404.",
  ...ours('Q13; lim-batches-kept', 'status'),
  setting: 'statusShape',
  decide(batch, shape, now, batchId) {
    if (batchId === '') return NO_BATCH_NAMED;
    if (batch === undefined) return UNKNOWN_BATCH;
    if (shape === 'tt' && batch.newerBatches >= BATCH_STATUSES_KEPT_TT) return UNKNOWN_BATCH;
    if (batch.completedAt !== undefined && now - batch.completedAt > BATCH_STATUS_KEPT_MS) return UNKNOWN_BATCH;
    return undefined;
  },
};

export const UNKNOWN_BATCH: Rejection = refuse(
  'our-unknown-batch',
  'No batch of this id is known; statuses are kept for 24 hours.',
);

const NO_BATCH_NAMED = refuse(
  'our-unknown-batch',
  'The request names no batch: the query parameter is `batchId`, in this case.',
);

/** What a client makes of a status word. */
export const stTerminal: DecidingRule<(status: string) => BatchStatus> = {
  id: 'st-terminal',
  statement: '`complete` and `stuck` are final; every other word means to ask again.',
  ...observedByClient('WDT', 'status'),
  decide: (status) => (status === 'complete' || status === 'stuck' ? status : 'incomplete'),
};
