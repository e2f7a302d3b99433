/** What operations answer with as JSON: for the description, for whoever reads it, for tests. Made when first asked for. */
import { z } from 'zod';
import { TOKEN_SCOPES } from '../../protocol/rules/index.ts';
import { ATTRIBUTE_TYPES, FILE_STATUSES, ROW_OUTCOMES } from '../../protocol/vocabulary/index.ts';
import { settingsSchema } from '../options.ts';
import { once } from '../runtime/once.ts';
import { progression } from './progression.ts';

/** Made when first asked for. */
const object = <Shape extends z.ZodRawShape>(shape: () => Shape) => once(() => z.object(shape()));
/** Fields of one kind. */
const each = <Field extends z.ZodType, Name extends string>(field: Field, ...names: readonly Name[]) =>
  Object.fromEntries(names.map((name) => [name, field])) as Record<Name, Field>;

const text = z.string();
const time = z.iso.datetime();
const count = z.int().min(0);
const next = text.nullable().describe('The cursor of the next page; null at the end.');
const api = once(() => z.enum(['v1', 'v2']));
/** The ids that a profile has. */
const ids = once(() => each(text.optional(), 'pcId', 'thirdPartyId', 'marketingCloudVisitorId'));

export const error = object(() => ({
  error: z.object({ ...each(text, 'code', 'message'), issues: z.array(z.object(each(text, 'path', 'message'))) }),
}));

export const health = object(() => ({
  status: z.enum(['ok', 'degraded', 'failed']),
  ...each(text, 'version', 'pace'),
  seed: count,
  problems: z
    .array(z.enum(['journal', 'data', 'bodies', 'socket']))
    .describe('Parts that do not work just now; the log says why and what to do.'),
}));

const override = once(() => {
  const attributes = z.array(z.object({ name: text, row: count }));
  return z
    .strictObject({
      batch: text.nullable(),
      by: text,
      count,
      rule: text,
      first: z.array(z.object({ row: count, id: text, attributes })),
    })
    .describe('The lost-update alarm: `by` took away attributes that `batch` had written.');
});

const batchFaults = object(() => {
  const loss = z.object({ share: z.number().min(0).max(1), seed: count }).optional();
  const slow = z.object(each(count, 'rowsPerStep', 'everyMs'));
  return { stuckAfterRows: count.optional(), slow: slow.optional(), silentLoss: loss, visibleLoss: loss };
});

export const batch = object(() => ({
  ...each(text, 'batchId', 'client'),
  api: api(),
  status: z.enum(['complete', 'incomplete', 'stuck']),
  ...each(count, 'batchSize', 'consumedCount', 'successfulUpdates', 'profilesNotFound', 'failedUpdates', 'ignoredRows'),
  ...each(count, 'createdProfiles', 'lostRows'),
  faults: batchFaults(),
  submittedAt: time,
  completedAt: time.nullable(),
  body: z.enum(['kept', 'evicted']),
  failure: z
    .object({ code: z.enum(['body-missing', 'body-damaged']), message: text })
    .nullable()
    .describe('Why it is stuck where nobody asked for that: an operating failure.'),
  diagnostics: z.array(z.looseObject({ rule: text, count, first: z.array(z.looseObject({})) })),
  overrides: z.array(override()),
}));

export const batches = object(() => ({ batches: z.array(batch()), next }));

export const rows = object(() => {
  const outcome = z.enum(ROW_OUTCOMES);
  const row = { row: count, id: text.nullable(), outcome, rule: text, column: count.optional(), message: text };
  return { rows: z.array(z.object(row)), next };
});

export const batchPace = object(() => ({
  pace: progression(),
  dueAt: time.nullable().describe('null: when released, or after pollsLeft status requests.'),
  pollsLeft: count.nullable(),
}));

export const clock = object(() => ({
  kind: z.enum(['real', 'virtual']),
  now: time,
  ...each(count, 'ms', 'aheadMs'),
  frozen: z.boolean(),
}));

export const step = object(() => ({ rows: count, completed: z.array(text), more: z.boolean() }));

export const snapshot = object(() => ({ snapshot: text, takenAt: time, bytes: count }));
export const snapshots = object(() => ({ snapshots: z.array(snapshot()) }));

export const clients = object(() => ({
  clients: z.array(z.object({ client: text, settings: settingsSchema, pace: progression().optional() })),
  next,
}));
export const newClient = object(() => ({ client: text }));

/** By name: an attribute, and when it was written. */
const byName = <More extends z.ZodRawShape>(more: More) =>
  z.record(z.string(), z.object({ value: text, modifiedAt: time, ...more }));

export const profile = object(() => ({
  ...ids(),
  modifiedAt: time,
  attributes: byName({ layer: z.enum(['base', 'pending']) }),
  customerAttributes: byName({}).optional(),
}));
export const profiles = object(() => ({ profiles: z.array(profile()), next }));
export const seeded = object(() => ({ seeded: count }));
export const customerRecord = object(() => ({ attributes: byName({}) }));

const citedRules = once(() => z.array(z.object(each(text, 'id', 'statement', 'source', 'confidence'))));

export const rowExplanation = object(() => {
  const cell = z.object({ column: count, name: text.nullable(), raw: text, value: text.nullable() });
  const written = z.object({
    ...each(text, 'name', 'value'),
    state: z.enum(['visible', 'covered', 'overwritten', 'overridden', 'gone']),
    by: z.object({ batchId: text.nullable(), row: count.nullable() }).optional(),
  });
  return {
    ...each(text, 'batchId', 'client'),
    api: api(),
    row: count,
    id: text.nullable(),
    outcome: z.enum([...ROW_OUTCOMES, 'pending']).nullable(),
    rule: text.nullable(),
    column: count.optional(),
    message: text,
    cells: z.array(cell).nullable(),
    cellCount: count.nullable(),
    attributes: z.array(written).nullable(),
    diagnostics: z.array(z.object({ rule: text, column: count.optional() })),
    rules: citedRules(),
  };
});

export const profileExplanation = object(() => {
  const written = { ...each(text, 'name', 'value'), visible: z.boolean(), modifiedAt: time };
  const layer = z.enum(['base', 'pending', 'session']);
  const row = count.nullable();
  const overridden = { name: text, batchId: text.nullable(), row: count, by: text, byRow: count };
  return {
    ...ids(),
    ...each(time, 'modifiedAt', 'livesUntil'),
    waitsUntil: time
      .optional()
      .describe('Where a call created it and its session has not ended: before this moment a fetch finds none.'),
    ...each(count, 'bytes', 'bytesMax'),
    attributes: z.array(
      z.object({ ...written, layer, batchId: text.nullable(), row, rule: text.nullable(), message: text }),
    ),
    customerAttributes: z.array(z.object({ ...written, ...each(text.nullable(), 'source', 'file'), row })),
    overridden: z.array(z.object(overridden)),
    rules: citedRules(),
  };
});

export const token = object(() => ({
  accessToken: text,
  tokenType: z.literal('bearer'),
  scope: z.enum(TOKEN_SCOPES),
  expiresIn: count.describe('Seconds.'),
  expiresAt: time,
}));

const journalEntry = once(() => {
  const maybe = text.optional();
  const request = z.object({
    kind: z.literal('request'),
    sequence: count,
    ...each(time, 'at', 'endedAt'),
    ...each(text, 'method', 'path', 'query'),
    ...each(maybe, 'client', 'operation'),
    status: count.optional(),
    ...each(maybe, 'cause', 'batchId', 'content', 'contentType'),
    bodyStart: maybe.describe('Of a refused body: up to its first line break, masked.'),
    requestBytes: count,
    replyBytes: count.optional(),
    faults: z.array(text),
  });
  const fault = z.object({
    kind: z.literal('fault'),
    sequence: count,
    at: time,
    ...each(text, 'fault', 'client', 'operation'),
    ...each(maybe, 'content', 'batchId'),
  });
  return z.union([request, fault]);
});

export const journal = object(() => ({ entries: z.array(journalEntry()), next, evicted: count }));
export const journalEnd = object(() => ({ entries: z.array(journalEntry()) }));
export const visitorJournal = object(() => ({
  ...journalEnd().shape,
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
export const visit = object(() => ({ pcId: text, thirdPartyId: text.optional(), created: z.boolean() }));

export const sizes = object(() => ({
  clients: z.array(z.object({ client: text, ...each(count, 'profiles', 'batches') })),
  exact: z.boolean().describe('False where profiles are estimated, from a part of them.'),
}));

export const batchReply = object(() => ({
  submitted: text.describe('What the submission was answered with.'),
  status: text.describe('What a status request with showDetails=true is answered with now.'),
  rowsListed: count.nullable().describe('Of a shape that lists rows; null where none are.'),
}));

export const batchBody = object(() => ({
  bodyBytes: count,
  content: z.base64().nullable().describe('Its first 64 KiB; null once evicted.'),
}));

export const rules = object(() => {
  const rule = z.object({
    ...each(text, 'id', 'subject', 'statement', 'source', 'confidence'),
    versions: z.array(text),
    decides: z.boolean(),
    ...each(text.optional(), 'contradiction', 'note'),
    emulated: z.literal(false).optional(),
    setting: text.optional(),
  });
  return { rules: z.array(rule) };
});

export const rehearsal = object(() => {
  const reply = z.object({
    status: count.optional().describe('Missing where the connection was cut, or no whole answer came.'),
    cause: text.optional(),
    text,
    tookMs: count,
  });
  return { replies: z.array(reply) };
});

export const comparison = once(() =>
  z
    .looseObject({ kind: z.enum(['comparison', 'input-refused', 'file-refused', 'input-unreadable']) })
    .describe('As `compareVersions` gives it.'),
);

export const source = object(() => {
  const told = each(text.optional(), 'displayName', 'description');
  return {
    ...each(text, 'alias', 'name'),
    description: text.optional(),
    attributes: z.array(z.object({ name: text, type: z.enum(ATTRIBUTE_TYPES), ...told })).nullable(),
    subscribed: z.union([z.literal('all'), z.array(text)]),
    active: z.boolean(),
    account: text.describe('The user name of its SFTP account.'),
    password: text.optional().describe('Told once, where it was made just now.'),
  };
});
export const sources = object(() => ({ sources: z.array(source()) }));

export const file = object(() => {
  const loss = {
    rule: z.literal('ca-loss'),
    share: z.number(),
    ...each(count, 'seed', 'count'),
    first: z.array(count),
  };
  return {
    file: count,
    ...each(text, 'alias', 'name'),
    status: z.enum(FILE_STATUSES),
    bytes: count,
    receivedAt: time,
    ...each(time.optional(), 'dueAt', 'endedAt'),
    ...each(count, 'rows', 'appliedRows', 'createdRecords', 'skippedRows'),
    fault: z.object({ ...each(text, 'rule', 'message'), ...each(count.optional(), 'row', 'column') }).optional(),
    loss: z
      .object(loss)
      .optional()
      .describe('Rows that a fault loses: how many so far, and the numbers of the first 100.'),
  };
});
export const files = object(() => ({
  files: z.array(file()),
  next,
  dropped: count.describe('Ended ones that are remembered no more, beyond the newest 10,000.'),
}));
