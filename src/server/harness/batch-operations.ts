/** Batches as the real service never shows them: with diagnostics, row by row, and with what they wait for. */
import { z } from 'zod';
import {
  ourLinkHost,
  ourStatusShape,
  progressionStart,
  rowMessage,
  statusLink,
  toldUpdates,
} from '../../protocol/rules/index.ts';
import { type Progression, ROW_OUTCOMES, type RuleId } from '../../protocol/vocabulary/index.ts';
import { statusReply, submitAccepted, toldRow } from '../../protocol/wire/index.ts';
import type { Services } from '../http/services.ts';
import type { BatchOverride, BatchRecord, Page, RowRecord } from '../store/store.ts';
import { clientCode, page, type PageQuery } from './judged-fields.ts';
import { once } from '../runtime/once.ts';
import { operation } from './operation.ts';
import { progression } from './progression.ts';
import { refusal } from './refusals.ts';
import { defined, isoTime } from './as-json.ts';
import * as replies from './replies.ts';

const noBatch = () => refusal(404, 'unknown-batch', 'there is no batch with this id.');
interface OfBatch {
  readonly batchId: string;
}
const ofBatch = {
  takes: once(() => ({ path: { batchId: z.string() } })),
  asked: (batchId: string) => ({ path: { batchId } }),
  absent: noBatch,
};
const rowsQuery = once(() => ({
  outcome: z.enum(ROW_OUTCOMES).optional().describe('Only rows that ended so.'),
  id: z
    .string()
    .min(1)
    .max(1_000)
    .optional()
    .describe('Only rows whose id contains it, as long as the body is kept; a page may hold few of them.'),
}));

/** Which rows of a batch: a page of them, of one outcome or of all. */
export interface RowsQuery extends PageQuery, z.input<z.ZodObject<ReturnType<typeof rowsQuery>>> {}

export const batchOperations = {
  /**
   * Batches, newest first, of one client code or of all: the latest 1,000 unless `limit` says otherwise. Throws a `ZodError`
   * that names each wrong field.
   *
   * @example
   * emulator.batches('demo')[0]?.failedUpdates; // 0
   */
  batches: operation({
    route: 'GET /batches',
    sentence: 'Batches, newest first.',
    takes: () => ({ query: { client: clientCode().optional(), ...page() } }),
    replies: { 200: replies.batches },
    client: 'first',
    asked: (client?: string, query?: Pick<PageQuery, 'limit'>) => ({ query: { limit: 1_000, ...query, client } }),
    does: ({ reader }, query) => reader.batches(query),
    gives: ({ items }): readonly BatchRecord[] => items,
    tells: ({ items, next }) => ({ batches: items.map(batchJson), next: next ?? null }),
  }),
  /**
   * One batch; undefined where there is none of this id.
   *
   * @example
   * emulator.batch(batchId)?.status; // 'complete'
   */
  batch: operation({
    route: 'GET /batches/{batchId}',
    sentence: 'One batch.',
    ...ofBatch,
    replies: { 200: replies.batch },
    does: ({ reader }, { batchId }) => reader.batch(batchId),
    tells: batchJson,
  }),
  /**
   * What became of each row that was applied, by row number from 1, and the rule behind it: a page of 100 unless `limit`
   * says otherwise (at most 1,000), from `cursor` on. Undefined where there is no such batch. A row's `id` is undefined
   * once the body is evicted. Throws a `ZodError` that names each wrong field.
   *
   * @example
   * emulator.rows(batchId, { outcome: 'failed' })?.items; // [{ row: 2, id: 'a/b', outcome: 'failed', rule: 'key-3rd-chars', column: 1 }]
   */
  rows: operation({
    route: 'GET /batches/{batchId}/rows',
    sentence: 'What became of each row, and the rule behind it.',
    takes: () => ({ ...ofBatch.takes(), query: { ...rowsQuery(), ...page() } }),
    replies: { 200: replies.rows },
    asked: (batchId: string, query: RowsQuery = {}) => ({ path: { batchId }, query }),
    absent: noBatch,
    does: ({ reader }, { batchId, id: idPart, ...query }): Page<RowRecord> | undefined =>
      reader.batch(batchId) && reader.rows(batchId, { ...query, idPart }),
    tells: ({ items, next }, { reader }, { batchId }) => {
      const idKind = reader.batch(batchId)?.idKind;
      return { rows: items.map((row) => rowJson(row, idKind)), next: next ?? null };
    },
  }),
  /**
   * What the API says of a batch, as it goes over the wire: to its submission, and to a status request now. Counts as no
   * request. Of a shape that lists rows the first 1,000. Undefined where there is no such batch.
   *
   * @example
   * emulator.batchReply(batchId)?.status; // '<response><batchId>…'
   */
  batchReply: operation({
    route: 'GET /batches/{batchId}/reply',
    sentence: 'What the API says of it, as it goes over the wire; asking here counts as no request.',
    ...ofBatch,
    replies: { 200: replies.batchReply },
    does: repliesTo,
  }),
  /**
   * The body of a batch as it arrived: its first 64 KiB, and how long it is. `content` is undefined once the body is
   * evicted; the whole is undefined where there is no such batch.
   *
   * @example
   * emulator.batchBody(batchId)?.bodyBytes; // 73
   */
  batchBody: operation({
    route: 'GET /batches/{batchId}/body',
    sentence: 'Its body as it arrived, as base64: the first 64 KiB of it, null once it is evicted.',
    ...ofBatch,
    replies: { 200: replies.batchBody },
    does: ({ reader }, { batchId }) => {
      const batch = reader.batch(batchId);
      return batch && { bodyBytes: batch.bodyBytes, content: reader.bodyStart(batchId, BODY_SHOWN_BYTES_MAX) };
    },
    tells: ({ bodyBytes, content }) => ({
      bodyBytes,
      content: content === undefined ? null : Buffer.from(content).toString('base64'),
    }),
  }),
  /**
   * What a batch waits for: undefined where there is none of this id.
   *
   * @example
   * emulator.batchPace(batchId); // { pace: { kind: 'polls', polls: 3 }, dueAt: Infinity, pollsLeft: 2 }
   */
  batchPace: operation({
    route: 'GET /batches/{batchId}/pace',
    sentence: 'What the batch waits for.',
    ...ofBatch,
    replies: { 200: replies.batchPace },
    does: paceOf,
    tells: paceJson,
  }),
  /**
   * Changes what a batch waits for, and how it gets to its end; false where it has ended or never was. Rejects with a
   * `ZodError` that names each wrong field.
   *
   * @example
   * await emulator.setBatchPace(batchId, { kind: 'duration', ms: 60_000 }); // true
   */
  setBatchPace: operation({
    route: 'PUT /batches/{batchId}/pace',
    sentence: 'Changes what a batch waits for; 409 where it has ended.',
    takes: () => ({ ...ofBatch.takes(), body: progression() }),
    replies: { 200: replies.batchPace },
    asked: (batchId: string, pace: Progression) => ({ path: { batchId }, body: pace }),
    does: async (services, { batchId, body }) => changePace(services, batchId, body),
    absent: ({ batchId }, { reader }) => {
      const batch = reader.batch(batchId);
      return batch && refusal(409, 'batch-ended', `the batch is ${batch.status}: it waits for nothing.`);
    },
    tells: (_, services, asked) => {
      const pace = paceOf(services, asked);
      return pace === undefined ? noBatch() : paceJson(pace);
    },
  }),
  /**
   * Makes one batch due now, whatever its pace; its client's earlier batches go first. False where it has ended or never
   * was.
   *
   * @example
   * await emulator.releaseBatch(batchId); // true
   */
  releaseBatch: operation({
    route: 'POST /batches/{batchId}/release',
    sentence: "Makes the batch due now; its client's earlier batches go first.",
    ...ofBatch,
    does: async (services, { batchId }) => changePace(services, batchId, { kind: 'immediate' }),
    absent: ({ batchId }, { reader }) => (reader.batch(batchId) === undefined ? noBatch() : undefined),
  }),
};

/** As many as the journal's digest covers. */
const BODY_SHOWN_BYTES_MAX = 64 * 1024;

/** Rows of a shown reply; the API's own lists them all. */
const REPLY_ROWS_MAX = 1_000;

function repliesTo({ reader, ownOrigin }: Services, { batchId }: OfBatch) {
  const batch = reader.batch(batchId);
  if (batch === undefined) return undefined;
  const { client, settings } = batch;
  // The readings of whoever asks now, as a status request has them.
  const inForce = reader.client(client)?.settings ?? settings;
  const own = ownOrigin('http');
  const authority = ourLinkHost.decide(settings.linkHost, new URL(own).host);
  const at = { scheme: 'http', authority, ownOrigin: own, shape: settings.statusShape } as const;
  const listed = ourStatusShape.decide(inForce.statusShape, batch.api).rows;
  const query = { limit: REPLY_ROWS_MAX };
  const rows = {
    none: () => [],
    all: () => reader.allRows(batchId, query).items,
    failed: () => reader.rows(batchId, { ...query, outcome: 'failed' }).items,
  }[listed]();
  const told = { ...batch, successfulUpdates: toldUpdates(batch, inForce), rows: rows.map(toldRow) };
  return {
    submitted: submitAccepted(statusLink.decide({ ...at, client, batchId: batch.batchId })),
    status: statusReply(inForce.statusShape, told, true),
    rowsListed: listed === 'none' ? null : rows.length,
  };
}

async function changePace(services: Services, batchId: string, pace: Progression): Promise<boolean> {
  const { reader, writer, clocks, options, kick } = services;
  const batch = reader.batch(batchId);
  if (batch === undefined) return false;
  const start = progressionStart(pace, clocks.now(batch.client), options.clock);
  const isPaced = await writer.paceBatch(batch.batchId, { pace, ...start });
  kick();
  return isPaced;
}

/** What a batch waits for. `dueAt` is in milliseconds since 1970; Infinity when released, or after `pollsLeft` status requests. */
export interface WaitingFor {
  readonly pace: Progression;
  readonly dueAt: number;
  readonly pollsLeft: number | undefined;
}

function paceOf({ reader, options }: Services, { batchId }: OfBatch): WaitingFor | undefined {
  const batch = reader.batch(batchId);
  return batch && { pace: batch.pace ?? { kind: options.pace }, dueAt: batch.dueAt, pollsLeft: batch.pollsLeft };
}

function paceJson({ pace, dueAt, pollsLeft }: WaitingFor) {
  return { pace, dueAt: Number.isFinite(dueAt) ? isoTime(dueAt) : null, pollsLeft: pollsLeft ?? null };
}

/** All of it but what is the emulator's own affair. */
export function batchJson(record: BatchRecord) {
  const { sequence: _sequence, idKind: _idKind, settings: _settings, bodyBytes: _bodyBytes, ...shown } = record;
  const { pace: _pace, dueAt: _dueAt, pollsLeft: _pollsLeft, ...batch } = shown;
  const { submittedAt, completedAt, faults = {}, failure = null, overrides } = batch;
  return {
    ...batch,
    faults,
    submittedAt: isoTime(submittedAt),
    completedAt: completedAt === undefined ? null : isoTime(completedAt),
    failure,
    overrides: overrides.map(overrideJson),
  };
}

/** The lost-update alarm, seen from either batch. */
const overrideJson = ({ batch, ...rest }: BatchOverride) => ({
  batch: batch ?? null,
  ...rest,
  rule: 'v2-override-caveat' satisfies RuleId,
});

function rowJson({ row, id, outcome, rule, column }: RowRecord, idKind: BatchRecord['idKind'] | undefined) {
  const message = rowMessage({ row, outcome, rule, column, idKind });
  return { row, id: id ?? null, outcome, rule, ...defined({ column }), message };
}
