/** The API in Maps and loops: a second opinion, written from the sentences of docs/api/catalogue.md and nothing else. */
import type {
  Api,
  AttributeSource,
  BatchStatus,
  Counters,
  Diagnostic,
  KnownId,
  RuleId,
  Settings,
  VisitorId,
  VisitorIdKind,
} from '../../protocol/vocabulary/index.ts';
import { type ModelFile, type ModelRejection, type ModelRow, type NamedValue, readBatchFile } from './batch-file.ts';
import { type ModelClient, type ModelView, type ModelVisit, type ModelVisitResult, newClient } from './client.ts';
import { refusedCode } from './door.ts';
import type { ModelAttribute } from './profile.ts';
import { applyRow, type ModelLoss, type RowContext, type RowResult } from './rows.ts';

export interface Model {
  /**
   * The batch id is the caller's: nobody can guess the number in it (res-batchid-current). `notes` are about the request
   * around the file.
   */
  submit(client: string, api: Api, file: Uint8Array, batchId: string, notes?: readonly RuleId[]): ModelSubmission;
  /**
   * Applies these rows of a batch, in ascending order; refuses a batch or a row that is not due yet. Rows of `lost` are
   * lost on purpose where they would have been written.
   */
  applyRows(batchId: string, rows: readonly number[], now: number, lost?: ReadonlyMap<number, ModelLoss>): void;
  /** On purpose: the batch goes no further (st-values). */
  stop(batchId: string): void;
  /** Rows of this client that wait, in the order of acceptance. */
  waiting(client: string): readonly { readonly batchId: string; readonly rows: readonly number[] }[];
  status(batchId: string): ModelBatch | undefined;
  /** By id, in the order of acceptance. */
  batches(client: string): readonly string[];
  /** The profile's own attributes. */
  fetch(client: string, id: KnownId, now: number): ModelView | undefined;
  /** What a fetch tells. ca-shows-fetch: by setting what has arrived too, before a profile attribute of the same name. */
  told(client: string, id: KnownId, now: number): ModelView | undefined;
  visit(client: string, call: ModelVisit, now: number): ModelVisitResult;
  /** ca-source: makes a source, or replaces what it was; its records stay. */
  setSource(client: string, source: AttributeSource): void;
  /** The rule that a file of customer attributes fails by; undefined where it is processed. Rows of `lost` are lost on purpose. */
  takeFile(client: string, alias: string, text: string, now: number, lost?: ReadonlySet<number>): RuleId | undefined;
  /** What has arrived of a visitor's customer attributes. */
  customers(client: string, id: KnownId, now: number): readonly ModelAttribute[];
  /** False where no profile exists. */
  forget(client: string, id: KnownId, now: number): boolean;
  /** False where no profile exists. */
  update(client: string, id: VisitorId, values: readonly NamedValue[], now: number): boolean;
  /** The same, when the batches before it are applied: it waits under this id. */
  updateLater(client: string, id: VisitorId, values: readonly NamedValue[], batchId: string): void;
  seed(client: string, id: VisitorId, values: readonly NamedValue[], now: number): void;
  writeSettings(client: string, settings: Settings): void;
  /** Undefined for a client that nobody has used yet. */
  settings(client: string): Settings | undefined;
  dropClient(client: string): void;
}

export type ModelSubmission = ModelRejection | { readonly kind: 'accepted'; readonly batchId: string };

export interface ModelBatch extends Counters {
  readonly client: string;
  readonly status: BatchStatus;
  readonly api: Api;
  readonly idKind: VisitorIdKind;
  /** When its last row was applied; undefined while rows wait. */
  readonly completedAt: number | undefined;
  /** By row number. */
  readonly results: ReadonlyMap<number, RowResult>;
  /** Row 1 is at index 0. */
  readonly ids: readonly string[];
  readonly notes: readonly Diagnostic[];
}

interface Batch extends RowContext, Omit<ModelFile, 'kind'> {
  readonly client: string;
  readonly results: Map<number, RowResult>;
  readonly notes: Diagnostic[];
  completedAt: number | undefined;
  isStopped: boolean;
}

/**
 * `defaults` are the settings of client codes that have none of their own. Times are milliseconds since 1970, given with each
 * call.
 *
 * @throws Error in `applyRows` and `stop` for a batch that the model does not know, and for a row that is not due.
 *
 * @example
 * const model = createModel(DEFAULT_SETTINGS);
 * model.submit('demo', 'v2', Buffer.from('batch=pcId,a\n1,x'), 'demo-1');
 * model.applyRows('demo-1', [1], 0);
 * model.fetch('demo', { kind: 'pcId', value: '1' }, 0); // { modifiedAt: 0, attributes: [{ name: 'a', value: 'x', … }] }
 */
export function createModel(defaults: Settings): Model {
  const clients = new Map<string, ModelClient>();
  /** In the order of acceptance. */
  const batches = new Map<string, Batch>();

  const open = (code: string): ModelClient => {
    const client = clients.get(code) ?? newClient(defaults);
    clients.set(code, client);
    return client;
  };
  const known = (batchId: string): Batch => {
    const batch = batches.get(batchId);
    if (batch === undefined) throw new Error(`no batch ${batchId}`);
    return batch;
  };
  const isComplete = (batch: Batch) => batch.results.size === batch.rows.length;
  const isEnded = (batch: Batch) => batch.isStopped || isComplete(batch);
  const batchesOf = (code: string) => [...batches.values()].filter((batch) => batch.client === code);
  const waiting = (code: string) => batchesOf(code).filter((batch) => !isEnded(batch));
  // st-submit-not-applied: accepted means queued, under the settings of this moment.
  const queue = ({ kind: _file, ...file }: ModelFile, batch: RowContext & Pick<Batch, 'client' | 'notes'>) => {
    open(batch.client);
    batches.set(batch.batchId, { ...file, ...batch, completedAt: undefined, results: new Map(), isStopped: false });
  };

  return {
    submit(client, api, file, batchId, notes = []) {
      if (refusedCode(client) !== undefined) return { kind: 'rejection', rule: 'our-client-code' };
      // our-unknown-client: made on first use, or refused in strict mode.
      if (!clients.has(client) && defaults.unknownClients === 'refuse')
        return { kind: 'rejection', rule: 'our-unknown-client' };
      const settings = clients.get(client)?.settings ?? defaults;
      const read = readBatchFile(file, api, settings);
      if (read.kind === 'rejection') return read; // res-submit-fail: the whole batch, nothing half-applied
      const noted = [...notes.map((rule) => ({ rule })), ...read.notes];
      queue(read, { client, batchId, api, idKind: read.idKind, settings, notes: noted });
      return { kind: 'accepted', batchId };
    },

    applyRows(batchId, rows, now, lost) {
      const batch = known(batchId);
      // our-batch-order, thr-order: batches of one client in the order of acceptance.
      if (!isEnded(batch) && waiting(batch.client)[0] !== batch) throw new Error(`${batchId} is not the next batch`);
      for (const number of [...rows].toSorted((a, b) => a - b)) {
        const row = batch.rows[number - 1];
        if (row === undefined || batch.results.has(number)) throw new Error(`row ${number} of ${batchId} is not due`);
        // our-duplicate-ids, body-dup-keys: rows of one id are applied in their order, each counted.
        const overtaken = batch.rows.findIndex(
          (other, index) => index < number - 1 && !batch.results.has(index + 1) && isSameId(other, row),
        );
        if (overtaken !== -1) throw new Error(`row ${number} of ${batchId} overtakes row ${overtaken + 1}`);
        const applied = applyRow(clients.get(batch.client)!, batch, number, row, now, lost?.get(number));
        batch.results.set(number, applied);
        batch.notes.push(...applied.notes.map((rule) => ({ rule, row: number })));
        if (isComplete(batch)) batch.completedAt = now;
      }
    },

    stop(batchId) {
      known(batchId).isStopped = true;
    },

    waiting: (code) =>
      waiting(code).map(({ batchId, rows, results }) => ({
        batchId,
        rows: rows.map((_, index) => index + 1).filter((number) => !results.has(number)),
      })),

    status(batchId) {
      const batch = batches.get(batchId);
      if (batch === undefined) return undefined; // our-unknown-batch
      const { client, api, idKind, rows, ids, notes, results, completedAt } = batch;
      const count = (...outcomes: readonly string[]) =>
        [...results.values()].filter((row) => outcomes.includes(row.outcome)).length;
      return {
        client,
        api,
        idKind,
        completedAt,
        results,
        ids,
        notes,
        // st-values: `stuck` only ever comes from a fault.
        status: isComplete(batch) ? 'complete' : batch.isStopped ? 'stuck' : 'incomplete',
        batchSize: rows.length, // cnt-batchsize
        consumedCount: results.size, // cnt-consumed
        successfulUpdates: count('updated', 'created', 'lost'), // cnt-created-as-success, thr-loss
        profilesNotFound: count('not-found'), // v1-notfound-count
        failedUpdates: count('failed'),
        ignoredRows: count('ignored'), // cnt-sum: with these the sum is complete
      };
    },

    batches: (code) => batchesOf(code).map(({ batchId }) => batchId),

    fetch: (code, id, now) => clients.get(code)?.fetch(id, now),
    told: (code, id, now) => clients.get(code)?.told(id, now),
    customers: (code, id, now) => clients.get(code)?.customers(id, now) ?? [],
    forget: (code, id, now) => clients.get(code)?.forget(id, now) ?? false,
    update: (code, id, values, now) => clients.get(code)?.update(id, values, now) ?? false,
    seed: (code, id, values, now) => open(code).seed(id, values, now),
    visit: (code, call, now) => open(code).visit(call, now),
    setSource: (code, source) => open(code).setSource(source),
    takeFile: (code, alias, text, now, lost = new Set()) => open(code).takeFile(alias, text, now, lost),
    // sgl-latency: it has its place among the batches as a file of one row, and what it may say is not judged again.
    updateLater(client, { kind: idKind, value }, values, batchId) {
      const cells = (texts: readonly string[]) =>
        texts.map((text) => encodeURIComponent(text.toWellFormed())).join(',');
      const header = cells([idKind, ...values.map(({ name }) => name)]);
      const row = cells([value, ...values.map((each) => each.value)]);
      const settings = { ...open(client).settings, body: 'raw', illegalIds: 'accept', empties: 'missing' } as const;
      const file = readBatchFile(new TextEncoder().encode(`batch=${header}\n${row}`), 'v1', settings);
      if (file.kind === 'rejection') throw new Error(`an update is refused by ${file.rule}`);
      const notes: Diagnostic[] = [{ rule: 'sgl-latency' }, ...file.notes.filter((note) => note.row === 1)];
      queue(file, { client, batchId, api: 'v1', idKind, settings, notes });
    },
    writeSettings(code, settings) {
      open(code).settings = settings;
    },
    settings: (code) => clients.get(code)?.settings,

    dropClient(code) {
      clients.delete(code);
      for (const { batchId } of batchesOf(code)) batches.delete(batchId);
    },
  };
}

const isSameId = (one: ModelRow, other: ModelRow) => one.kind === 'row' && other.kind === 'row' && one.id === other.id;
