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
  submittedAt: time,
  completedAt: time.nullable(),
  body: z.enum(['kept', 'evicted']),
  diagnostics: z.array(z.looseObject({ rule: z.string(), count, first: z.array(z.looseObject({})) })),
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
export const visit = z.strictObject({ pcId: z.string(), thirdPartyId: z.string().optional(), created: z.boolean() });
