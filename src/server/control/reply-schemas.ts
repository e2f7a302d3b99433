/** What the control API answers with, as schemas: for its description, and for the tests that hold it to that. */
import { z } from 'zod';
import { ROW_OUTCOMES } from '../../protocol/vocabulary/index.ts';
import { settingsSchema } from '../options.ts';
import { progressionSchema } from './pace.ts';

const time = z.iso.datetime();
const count = z.int().min(0);
const next = z.string().nullable().describe('The cursor of the next page; null at the end.');

export const error = z.strictObject({
  error: z.strictObject({
    code: z.string(),
    message: z.string(),
    issues: z.array(z.strictObject({ path: z.string(), message: z.string() })),
  }),
});

export const health = z.strictObject({
  status: z.enum(['ok', 'failed']),
  version: z.string(),
  pace: z.string(),
  seed: count,
});

const override = z
  .strictObject({
    batch: z.string().nullable(),
    by: z.string(),
    count,
    rule: z.string(),
    first: z.array(
      z.strictObject({
        row: count,
        id: z.string(),
        attributes: z.array(z.strictObject({ name: z.string(), row: count })),
      }),
    ),
  })
  .describe('The lost-update alarm: `by` took away attributes that `batch` had written.');

const rowLoss = z.strictObject({ share: z.number().min(0).max(1), seed: count });
const batchFaults = z.strictObject({
  stuckAfterRows: count.optional(),
  slow: z.strictObject({ rowsPerStep: count, everyMs: count }).optional(),
  silentLoss: rowLoss.optional(),
  visibleLoss: rowLoss.optional(),
});

export const batch = z.strictObject({
  batchId: z.string(),
  client: z.string(),
  api: z.enum(['v1', 'v2']),
  status: z.enum(['complete', 'incomplete', 'stuck']),
  batchSize: count,
  consumedCount: count,
  successfulUpdates: count,
  profilesNotFound: count,
  failedUpdates: count,
  ignoredRows: count,
  createdProfiles: count,
  lostRows: count,
  faults: batchFaults,
  submittedAt: time,
  completedAt: time.nullable(),
  body: z.enum(['kept', 'evicted']),
  diagnostics: z.array(z.looseObject({ rule: z.string(), count, first: z.array(z.looseObject({})) })),
  overrides: z.array(override),
});
export const batches = z.strictObject({ batches: z.array(batch), next });

export const rows = z.strictObject({
  rows: z.array(
    z.strictObject({
      row: count,
      id: z.string().nullable(),
      outcome: z.enum(ROW_OUTCOMES),
      rule: z.string(),
      column: count.optional(),
      message: z.string(),
    }),
  ),
  next,
});

export const batchPace = z.strictObject({
  pace: progressionSchema,
  dueAt: time.nullable().describe('null: when released, or after pollsLeft status requests.'),
  pollsLeft: count.nullable(),
});

export const clock = z.strictObject({ kind: z.enum(['real', 'virtual']), now: time, ms: count, frozen: z.boolean() });

export const step = z.strictObject({ rows: count, completed: z.array(z.string()), more: z.boolean() });

export const snapshot = z.strictObject({ snapshot: z.string(), takenAt: time, bytes: count });
export const snapshots = z.strictObject({ snapshots: z.array(snapshot) });

export const clients = z.strictObject({
  clients: z.array(
    z.strictObject({ client: z.string(), settings: settingsSchema, pace: progressionSchema.optional() }),
  ),
});
export const newClient = z.strictObject({ client: z.string() });

export const profiles = z.strictObject({
  profiles: z.array(
    z.strictObject({
      pcId: z.string().optional(),
      thirdPartyId: z.string().optional(),
      modifiedAt: time,
      attributes: z.record(
        z.string(),
        z.strictObject({ value: z.string(), modifiedAt: time, layer: z.enum(['base', 'pending']) }),
      ),
    }),
  ),
  next,
});
export const seeded = z.strictObject({ seeded: count });

const citedRules = z.array(
  z.strictObject({ id: z.string(), statement: z.string(), source: z.string(), confidence: z.string() }),
);

export const rowExplanation = z.strictObject({
  batchId: z.string(),
  client: z.string(),
  api: z.enum(['v1', 'v2']),
  row: count,
  id: z.string().nullable(),
  outcome: z.enum([...ROW_OUTCOMES, 'pending']).nullable(),
  rule: z.string().nullable(),
  column: count.optional(),
  message: z.string(),
  cells: z
    .array(
      z.strictObject({ column: count, name: z.string().nullable(), raw: z.string(), value: z.string().nullable() }),
    )
    .nullable(),
  cellCount: count.nullable(),
  attributes: z
    .array(
      z.strictObject({
        name: z.string(),
        value: z.string(),
        state: z.enum(['visible', 'covered', 'overwritten', 'overridden', 'gone']),
        by: z.strictObject({ batchId: z.string().nullable(), row: count.nullable() }).optional(),
      }),
    )
    .nullable(),
  diagnostics: z.array(z.strictObject({ rule: z.string(), column: count.optional() })),
  rules: citedRules,
});

export const profileExplanation = z.strictObject({
  pcId: z.string().optional(),
  thirdPartyId: z.string().optional(),
  modifiedAt: time,
  attributes: z.array(
    z.strictObject({
      name: z.string(),
      value: z.string(),
      visible: z.boolean(),
      layer: z.enum(['base', 'pending']),
      modifiedAt: time,
      batchId: z.string().nullable(),
      row: count.nullable(),
      rule: z.string().nullable(),
      message: z.string(),
    }),
  ),
  overridden: z.array(
    z.strictObject({ name: z.string(), batchId: z.string().nullable(), row: count, by: z.string(), byRow: count }),
  ),
  rules: citedRules,
});

const journalEntry = z.union([
  z.strictObject({
    kind: z.literal('request'),
    sequence: count,
    at: time,
    endedAt: time,
    method: z.string(),
    path: z.string(),
    query: z.string(),
    client: z.string().optional(),
    operation: z.string().optional(),
    status: count.optional(),
    cause: z.string().optional(),
    batchId: z.string().optional(),
    content: z.string().optional(),
    requestBytes: count,
    replyBytes: count.optional(),
    faults: z.array(z.string()),
  }),
  z.strictObject({
    kind: z.literal('fault'),
    sequence: count,
    at: time,
    fault: z.string(),
    client: z.string(),
    operation: z.string(),
    content: z.string().optional(),
    batchId: z.string().optional(),
  }),
]);
export const journal = z.strictObject({ entries: z.array(journalEntry), next, evicted: count });
export const verified = z.strictObject({ count });
export const notVerified = z.strictObject({
  ...error.shape,
  count: count.optional(),
  seen: z.array(journalEntry).optional(),
});
export const visit = z.strictObject({ pcId: z.string(), thirdPartyId: z.string().optional(), created: z.boolean() });
