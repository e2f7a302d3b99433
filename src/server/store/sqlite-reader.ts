/** The reading side of the store over one SQLite connection, which may be the writer's own. */
import type { Database } from 'better-sqlite3';
import type { ClientCode } from '../../protocol/vocabulary/index.ts';
import { fileReader } from './attribute-file-table.ts';
import { attributeNameTable } from './attribute-names.ts';
import { sourceReader } from './attribute-source-table.ts';
import { batchSelector, FROM_BATCH } from './batch-columns.ts';
import type { BatchRow } from './batch-table.ts';
import { clientFinder, clientRecord, type LivingClient } from './client-table.ts';
import { overrideReader } from './override-table.ts';
import { sizeReader } from './read-sizes.ts';
import { pageOf } from './page.ts';
import { profileHash } from './profile-key.ts';
import { profileReader } from './read-profile.ts';
import { rowReader } from './read-rows.ts';
import type { ReadView } from './read-view.ts';
import { guarded } from './storage-error.ts';
import type { StorePlace } from './store-place.ts';
import { type BatchRecord, PROGRESS_FIELDS, WAITING_FIELDS, type Reader } from './store.ts';

/** Asked at each submission: the work must not grow with what waits, nor with the client codes that nothing waits of. */
export const SELECT_BACKLOG =
  'SELECT ifnull(sum(waiting_batches), 0) AS batches, ifnull(sum(waiting_bytes), 0) AS bytes FROM client WHERE waiting_batches > 0';

/** `viewOf` makes the view, given what forgets the state before. */
export function sqliteReader(
  database: Database,
  viewOf: (onNewState: () => void) => ReadView,
  place: StorePlace,
  hash = profileHash,
): Reader {
  const clients = clientFinder(database);
  const view = viewOf(clients.forget);
  const names = attributeNameTable(database);
  const profiles = profileReader(database, names, hash);
  const rows = rowReader(database, place.bodies);
  const sizes = sizeReader(database);
  const sources = sourceReader(database);
  const files = fileReader(database, place.bodies);
  const { select, recordFields } = batchSelector(database);
  // With a sign before it a parameter has no say in the plan (decision 10).
  const selectProgress = select(PROGRESS_FIELDS, 'WHERE batch_id = +?');
  const selectWaiting = select(
    WAITING_FIELDS,
    "WHERE client.code = +? AND status = 'incomplete' ORDER BY sequence LIMIT 1",
  );
  const selectBatch = select(recordFields, 'WHERE batch_id = +?');
  const selectBatchOf = select(recordFields, 'WHERE sequence = +?');
  const newest = 'sequence < ? ORDER BY sequence DESC LIMIT ?';
  const selectBatches = select(recordFields, `WHERE ${newest}`);
  const selectClientBatches = select(recordFields, `WHERE batch.generation = ? AND ${newest}`);
  const selectRows = database.prepare<[string], BatchRow>(`SELECT batch.* ${FROM_BATCH} WHERE batch_id = +?`);
  const selectBacklog = database.prepare<[], { batches: number; bytes: number }>(SELECT_BACKLOG);
  const overridesOf = overrideReader(database);
  const recordOf = (batch: BatchColumns): BatchRecord => ({
    ...batch,
    overrides: overridesOf(batch.sequence),
  });

  const read = <Result>(work: () => Result): Result => guarded(place.name, () => view.read(work));
  const ofClient = <Result>(client: ClientCode, work: (client: LivingClient) => Result, none: Result): Result =>
    read(() => {
      const living = clients.find(client);
      return living === undefined ? none : work(living);
    });

  /** The rows of a batch; `none` where there is no such batch. */
  const ofBatch = <Result>(batchId: string, work: (batch: BatchRow) => Result, none: Result): Result =>
    read(() => {
      const batch = selectRows.get(batchId);
      return batch === undefined ? none : work(batch);
    });
  const record = <Key extends string | number>(from: { get(key: Key): BatchColumns | undefined }, key: Key) =>
    read(() => {
      const batch = from.get(key);
      return batch && recordOf(batch);
    });

  return {
    client: (client) =>
      read(() => {
        const living = clients.find(client);
        return living && clientRecord(living);
      }),
    token: (client, scope) => read(() => clients.token(client, scope)),
    clients: ({ limit, cursor }) =>
      read(() => {
        const found = clients.page(Number(cursor ?? 0), limit + 1);
        const { items, next } = pageOf(found, limit, ({ generation }) => generation);
        return { items: items.map(clientRecord), next };
      }),
    sizes: () => read(sizes),
    batch: (batchId) => record(selectBatch, batchId),
    progress: (batchId) => read(() => selectProgress.get(batchId)),
    waiting: (client) => read(() => selectWaiting.get(client)),
    batchOf: (sequence) => record(selectBatchOf, sequence),
    batches: ({ client, limit, cursor }) =>
      read(() => {
        const before = cursor === undefined ? Number.MAX_SAFE_INTEGER : Number(cursor);
        const generation = client === undefined ? undefined : clients.find(client)?.generation;
        if (client !== undefined && generation === undefined) return NOTHING;
        const found =
          generation === undefined
            ? selectBatches.all(before, limit + 1)
            : selectClientBatches.all(generation, before, limit + 1);
        const { items, next } = pageOf(found, limit, bySequence);
        return { items: items.map(recordOf), next };
      }),
    rows: (batchId, query) => ofBatch(batchId, (batch) => rows.consumed(batch, query), NOTHING),
    allRows: (batchId, query) => ofBatch(batchId, (batch) => rows.all(batch, query), NOTHING),
    rowBytes: (batchId, row) => ofBatch(batchId, (batch) => rows.bytes(batch, row), undefined),
    bodyStart: (batchId, bytesMax) => ofBatch(batchId, (batch) => rows.bodyStart(batch, bytesMax), undefined),
    profileWrites: (client, id, now) => ofClient(client, (living) => profiles.writes(living, id, now), undefined),
    profile: (client, id, now) => ofClient(client, (living) => profiles.one(living, id, now), undefined),
    profiles: (client, query) => ofClient(client, (living) => profiles.page(living, query), NOTHING),
    sources: (client) => ofClient(client, ({ generation }) => sources.all(generation), []),
    source: (client, alias) => ofClient(client, ({ generation }) => sources.find(generation, alias), undefined),
    files: (client, { limit, cursor, ...of }) =>
      ofClient(
        client,
        ({ generation }) => {
          const found = files.page(generation, of, Number(cursor ?? Number.MAX_SAFE_INTEGER), limit + 1);
          return pageOf(found, limit, bySequence);
        },
        NOTHING,
      ),
    file: (sequence) => read(() => files.one(sequence)),
    lastFileDueAt: (client) => ofClient(client, ({ generation }) => files.lastDueAt(generation), undefined),
    isFileDue: (client, now) => read(() => files.isDue(client, now)),
    packedFiles: () => read(files.packed),
    fileParts: (sequence) => read(() => files.parts(sequence)),
    customerRecord: (client, alias, id) => ofClient(client, (living) => profiles.record(living, alias, id), undefined),
    backlog: () => read(() => selectBacklog.get()!),
    renew: view.renew,
    forget: () => {
      view.renew();
      clients.forget();
      names.forget();
      rows.forget();
    },
    close: () => {
      view.renew();
      // In memory it is the writer's own.
      if (database.readonly) database.close();
    },
  };
}

type BatchColumns = Omit<BatchRecord, 'overrides'>;

const bySequence = ({ sequence }: { readonly sequence: number }) => sequence;

const NOTHING = { items: [], next: undefined };
