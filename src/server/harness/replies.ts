/** What operations answer with as JSON: for the description, for whoever reads it, for tests. Made when first asked for. */
import { z } from 'zod';
import { TOKEN_SCOPES } from '../../protocol/rules/index.ts';
import { ROW_OUTCOMES } from '../../protocol/vocabulary/index.ts';
import { settingsSchema } from '../options.ts';
import { once } from '../runtime/once.ts';
import { progression } from './progression.ts';

/** Made when first asked for. */
const object = <Shape extends z.ZodRawShape>(shape: () => Shape) => once(() => z.object(shape()));

const time = z.iso.datetime();
const count = z.int().min(0);
const next = z.string().nullable().describe('The cursor of the next page; null at the end.');

export const error = object(() => ({
  error: z.object({
    code: z.string(),
    message: z.string(),
    issues: z.array(z.object({ path: z.string(), message: z.string() })),
  }),
}));

export const health = object(() => ({
  status: z.enum(['ok', 'degraded', 'failed']),
  version: z.string(),
  pace: z.string(),
  seed: count,
  problems: z
    .array(z.enum(['journal', 'data', 'bodies', 'socket']))
    .describe('Parts that do not work just now; the log says why and what to do.'),
}));

const override = once(() =>
  z
    .strictObject({
      batch: z.string().nullable(),
      by: z.string(),
      count,
      rule: z.string(),
      first: z.array(
        z.object({
          row: count,
          id: z.string(),
          attributes: z.array(z.object({ name: z.string(), row: count })),
        }),
      ),
    })
    .describe('The lost-update alarm: `by` took away attributes that `batch` had written.'),
);

const rowLoss = object(() => ({ share: z.number().min(0).max(1), seed: count }));

const batchFaults = object(() => ({
  stuckAfterRows: count.optional(),
  slow: z.object({ rowsPerStep: count, everyMs: count }).optional(),
  silentLoss: rowLoss().optional(),
  visibleLoss: rowLoss().optional(),
}));

export const batch = object(() => ({
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
  faults: batchFaults(),
  submittedAt: time,
  completedAt: time.nullable(),
  body: z.enum(['kept', 'evicted']),
  failure: z
    .object({ code: z.enum(['body-missing', 'body-damaged']), message: z.string() })
    .nullable()
    .describe('Why it is stuck where nobody asked for that: an operating failure.'),
  diagnostics: z.array(z.looseObject({ rule: z.string(), count, first: z.array(z.looseObject({})) })),
  overrides: z.array(override()),
}));

export const batches = object(() => ({ batches: z.array(batch()), next }));

export const rows = object(() => ({
  rows: z.array(
    z.object({
      row: count,
      id: z.string().nullable(),
      outcome: z.enum(ROW_OUTCOMES),
      rule: z.string(),
      column: count.optional(),
      message: z.string(),
    }),
  ),
  next,
}));

export const batchPace = object(() => ({
  pace: progression(),
  dueAt: time.nullable().describe('null: when released, or after pollsLeft status requests.'),
  pollsLeft: count.nullable(),
}));

export const clock = object(() => ({
  kind: z.enum(['real', 'virtual']),
  now: time,
  ms: count,
  aheadMs: count,
  frozen: z.boolean(),
}));

export const step = object(() => ({ rows: count, completed: z.array(z.string()), more: z.boolean() }));

export const snapshot = object(() => ({ snapshot: z.string(), takenAt: time, bytes: count }));

export const snapshots = object(() => ({ snapshots: z.array(snapshot()) }));

export const clients = object(() => ({
  clients: z.array(z.object({ client: z.string(), settings: settingsSchema, pace: progression().optional() })),
  next,
}));

export const newClient = object(() => ({ client: z.string() }));

export const profile = object(() => ({
  pcId: z.string().optional(),
  thirdPartyId: z.string().optional(),
  marketingCloudVisitorId: z.string().optional(),
  modifiedAt: time,
  attributes: z.record(
    z.string(),
    z.object({ value: z.string(), modifiedAt: time, layer: z.enum(['base', 'pending']) }),
  ),
  customerAttributes: z.record(z.string(), z.object({ value: z.string(), modifiedAt: time })).optional(),
}));

export const profiles = object(() => ({ profiles: z.array(profile()), next }));
export const seeded = object(() => ({ seeded: count }));

const citedRules = once(() =>
  z.array(z.object({ id: z.string(), statement: z.string(), source: z.string(), confidence: z.string() })),
);

export const rowExplanation = object(() => ({
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
    .array(z.object({ column: count, name: z.string().nullable(), raw: z.string(), value: z.string().nullable() }))
    .nullable(),
  cellCount: count.nullable(),
  attributes: z
    .array(
      z.object({
        name: z.string(),
        value: z.string(),
        state: z.enum(['visible', 'covered', 'overwritten', 'overridden', 'gone']),
        by: z.object({ batchId: z.string().nullable(), row: count.nullable() }).optional(),
      }),
    )
    .nullable(),
  diagnostics: z.array(z.object({ rule: z.string(), column: count.optional() })),
  rules: citedRules(),
}));

export const profileExplanation = object(() => ({
  pcId: z.string().optional(),
  thirdPartyId: z.string().optional(),
  marketingCloudVisitorId: z.string().optional(),
  modifiedAt: time,
  livesUntil: time,
  bytes: count,
  bytesMax: count,
  attributes: z.array(
    z.object({
      name: z.string(),
      value: z.string(),
      visible: z.boolean(),
      layer: z.enum(['base', 'pending', 'session']),
      modifiedAt: time,
      batchId: z.string().nullable(),
      row: count.nullable(),
      rule: z.string().nullable(),
      message: z.string(),
    }),
  ),
  customerAttributes: z.array(
    z.object({
      name: z.string(),
      value: z.string(),
      visible: z.boolean(),
      modifiedAt: time,
      source: z.string().nullable(),
      file: z.string().nullable(),
      row: count.nullable(),
    }),
  ),
  overridden: z.array(
    z.object({ name: z.string(), batchId: z.string().nullable(), row: count, by: z.string(), byRow: count }),
  ),
  rules: citedRules(),
}));

export const token = object(() => ({
  accessToken: z.string(),
  tokenType: z.literal('bearer'),
  scope: z.enum(TOKEN_SCOPES),
  expiresIn: count.describe('Seconds.'),
  expiresAt: time,
}));

const journalEntry = once(() =>
  z.union([
    z.object({
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
      contentType: z.string().optional(),
      bodyStart: z.string().optional().describe('Of a refused body: up to its first line break, masked.'),
      requestBytes: count,
      replyBytes: count.optional(),
      faults: z.array(z.string()),
    }),
    z.object({
      kind: z.literal('fault'),
      sequence: count,
      at: time,
      fault: z.string(),
      client: z.string(),
      operation: z.string(),
      content: z.string().optional(),
      batchId: z.string().optional(),
    }),
  ]),
);

export const journal = object(() => ({ entries: z.array(journalEntry()), next, evicted: count }));

export const journalEnd = object(() => ({ entries: z.array(journalEntry()) }));

export const visitorJournal = object(() => ({
  entries: z.array(journalEntry()),
  evicted: count,
  earlier: count.describe('From before the emulator was started: whose these are nobody can tell.'),
}));

export const verified = object(() => ({ count }));

export const notVerified = object(() => ({
  ...error().shape,
  count: count.optional(),
  seen: z.array(journalEntry()).optional(),
}));

export const deletedProfile = object(() => ({ deleted: z.literal(true) }));

export const visit = object(() => ({ pcId: z.string(), thirdPartyId: z.string().optional(), created: z.boolean() }));

export const sizes = object(() => ({
  clients: z.array(z.object({ client: z.string(), profiles: count, batches: count })),
  exact: z.boolean().describe('False where profiles are estimated, from a part of them.'),
}));

export const batchReply = object(() => ({
  submitted: z.string().describe('What the submission was answered with.'),
  status: z.string().describe('What a status request with showDetails=true is answered with now.'),
  rowsListed: count.nullable().describe('Of a shape that lists rows; null where none are.'),
}));

export const batchBody = object(() => ({
  bodyBytes: count,
  content: z.base64().nullable().describe('Its first 64 KiB; null once evicted.'),
}));

export const rules = object(() => ({
  rules: z.array(
    z.object({
      id: z.string(),
      subject: z.string(),
      statement: z.string(),
      source: z.string(),
      confidence: z.string(),
      versions: z.array(z.string()),
      decides: z.boolean(),
      contradiction: z.string().optional(),
      note: z.string().optional(),
      emulated: z.literal(false).optional(),
      setting: z.string().optional(),
    }),
  ),
}));

export const rehearsal = object(() => ({
  replies: z.array(
    z.object({
      status: count.optional().describe('Missing where the connection was cut, or no whole answer came.'),
      cause: z.string().optional(),
      text: z.string(),
      tookMs: count,
    }),
  ),
}));

export const comparison = once(() =>
  z
    .looseObject({ kind: z.enum(['comparison', 'input-refused', 'file-refused', 'input-unreadable']) })
    .describe('As `compareVersions` gives it.'),
);
