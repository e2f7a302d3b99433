/** The reading side of the store over one SQLite connection, which may be the writer's own. */
import type { Database } from 'better-sqlite3';
import type { ClientCode } from '../../protocol/vocabulary/index.ts';
import { fileReader } from './attribute-file-table.ts';
import { attributeNameTable } from './attribute-names.ts';
import { sourceReader } from './attribute-source-table.ts';
import { batchColumns, type BatchFields, FROM_BATCH, progressColumns, recordColumns } from './batch-columns.ts';
import { clientFinder, clientRecord, type LivingClient } from './client-table.ts';
import { overrideReader } from './override-table.ts';
import { type ProfileHash, profileHash } from './profile-key.ts';
import { profileReader } from './read-profile.ts';
import { rowReader } from './read-rows.ts';
import { sizeReader } from './read-sizes.ts';
import { viewOfTurn, viewOfWriter } from './read-view.ts';
import { pageOf, recordStatements, statements } from './statements.ts';
import { eachBy, guarded } from './storage-error.ts';
import type { BatchRecord, Reader } from './store.ts';
import type { StorePlace } from './store-place.ts';
import { storedSettings } from './stored-settings.ts';

/** Asked at each submission: the work must not grow with what waits, nor with the client codes that nothing waits of. */
export const SELECT_BACKLOG =
  'SELECT ifnull(sum(waiting_batches), 0) AS batches, ifnull(sum(waiting_bytes), 0) AS bytes FROM client WHERE waiting_batches > 0';

/** Whoever writes must `renew()` it with each answer. */
export function openReader(place: StorePlace, hash?: ProfileHash): Reader {
  return guarded(place.name, () => sqliteReader(place.connectReader(), place, hash));
}

function sqliteReader(database: Database, place: StorePlace, hash = profileHash): Reader {
  const clients = clientFinder(database);
  const view = database.readonly ? viewOfTurn(database, clients.forget, setImmediate) : viewOfWriter(clients.forget);
  const names = attributeNameTable(database);
  const profiles = profileReader(database, names, hash);
  const rows = rowReader(database, place.bodies);
  const sources = sourceReader(database);
  const files = fileReader(database, place.bodies);
  // With a sign before it a parameter has no say in the plan (decision 10).
  const byId = 'WHERE batch_id = +?';
  const texts = storedSettings();
  const selectProgress = recordStatements(database, progressColumns, FROM_BATCH).select(byId);
  const all = recordStatements(database, batchColumns(texts), FROM_BATCH);
  const selectAll = all.select(byId);
  const selectWaiting = all.select("WHERE client.code = +? AND status = 'incomplete' ORDER BY sequence LIMIT 1", [
    'dueAt',
    'submittedAt',
    'pace',
    'faults',
  ]);
  const { select } = recordStatements(database, recordColumns(texts), FROM_BATCH);
  const selectBatch = select(byId);
  const selectBatchOf = select('WHERE sequence = +?');
  const newest = 'sequence < ? ORDER BY sequence DESC LIMIT ?';
  const selectBatches = select(`WHERE ${newest}`);
  const selectClientBatches = select(`WHERE batch.generation = ? AND ${newest}`);
  const selectBacklog = statements(database).prepare<[], { batches: number; bytes: number }>(SELECT_BACKLOG);
  const overridesOf = overrideReader(database);
  type Alone = Omit<BatchRecord, 'overrides'>;
  const recordOf = (batch: Alone): BatchRecord => ({ ...batch, overrides: overridesOf(batch.sequence) });
  const found = (batch: Alone | undefined) => batch && recordOf(batch);

  const ofClient = <Result>(client: ClientCode, work: (client: LivingClient) => Result, none: Result): Result => {
    const living = clients.find(client);
    return living === undefined ? none : work(living);
  };
  /** The rows of a batch; `none` where there is no such batch. */
  const ofBatch = <Result>(batchId: string, work: (batch: BatchFields) => Result, none: Result): Result => {
    const batch = selectAll.get(batchId);
    return batch === undefined ? none : work(batch);
  };
  const read = <Result>(work: () => Result): Result => guarded(place.name, () => view.read(work));

  const reads = eachBy<Omit<Reader, 'renew' | 'forget' | 'close'>>(read, {
    client: (client) => ofClient(client, clientRecord, undefined),
    token: clients.token,
    clients({ limit, cursor }) {
      const listed = clients.page(Number(cursor ?? 0), limit + 1);
      const { items, next } = pageOf(listed, limit, ({ generation }) => generation);
      return { items: items.map(clientRecord), next };
    },
    sizes: sizeReader(database),
    batch: (batchId) => found(selectBatch.get(batchId)),
    progress: (batchId) => selectProgress.get(batchId),
    waiting: (client) => selectWaiting.get(client),
    batchOf: (sequence) => found(selectBatchOf.get(sequence)),
    batches({ client, limit, cursor }) {
      const before = Number(cursor ?? Number.MAX_SAFE_INTEGER);
      const listed =
        client === undefined
          ? selectBatches.all(before, limit + 1)
          : ofClient(client, ({ generation }) => selectClientBatches.all(generation, before, limit + 1), []);
      const { items, next } = pageOf(listed, limit, bySequence);
      return { items: items.map(recordOf), next };
    },
    rows: (batchId, query) => ofBatch(batchId, (batch) => rows.consumed(batch, query), NOTHING),
    allRows: (batchId, query) => ofBatch(batchId, (batch) => rows.all(batch, query), NOTHING),
    rowBytes: (batchId, row) => ofBatch(batchId, (batch) => rows.bytes(batch, row), undefined),
    bodyStart: (batchId, bytesMax) => ofBatch(batchId, (batch) => rows.bodyStart(batch, bytesMax), undefined),
    profileWrites: (client, id, now) => ofClient(client, (living) => profiles.writes(living, id, now), undefined),
    profile: (client, id, now) => ofClient(client, (living) => profiles.one(living, id, now), undefined),
    profiles: (client, query) => ofClient(client, (living) => profiles.page(living, query), NOTHING),
    customerAttributes: (client, id, now) => ofClient(client, (living) => profiles.customers(living, id, now), []),
    sources: (client) => ofClient(client, ({ generation }) => sources.all(generation), []),
    source: (client, alias) => ofClient(client, ({ generation }) => sources.find(generation, alias), undefined),
    files(client, { limit, cursor, ...of }) {
      const before = Number(cursor ?? Number.MAX_SAFE_INTEGER);
      const listed = ofClient(client, ({ generation }) => files.page(generation, of, before, limit + 1), []);
      return pageOf(listed, limit, bySequence);
    },
    file: files.one,
    lastFileDueAt: (client) => ofClient(client, ({ generation }) => files.lastDueAt(generation), undefined),
    isFileDue: files.isDue,
    packedFiles: files.packed,
    fileParts: files.parts,
    customerRecord: (client, alias, id) => ofClient(client, (living) => profiles.record(living, alias, id), undefined),
    backlog: () => selectBacklog.get()!,
  });

  return {
    ...reads,
    renew: view.renew,
    forget() {
      view.renew();
      clients.forget();
      names.forget();
      rows.forget();
    },
    close() {
      view.renew();
      // In memory it is the writer's own.
      if (database.readonly) database.close();
    },
  };
}

const bySequence = ({ sequence }: { readonly sequence: number }) => sequence;

const NOTHING = { items: [], next: undefined };
