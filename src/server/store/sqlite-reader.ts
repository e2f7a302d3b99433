/** The reading side of the store over one SQLite connection, which may be the writer's own. */
import type { Database } from 'better-sqlite3';
import type { ClientCode } from '../../protocol/vocabulary/index.ts';
import { attributeNameTable } from './attribute-names.ts';
import { batchRecord, type BatchRow, SELECT_BATCH } from './batch-table.ts';
import type { BodyPlace } from './body-place.ts';
import { clientFinder, type LivingClient } from './client-table.ts';
import { overrideReader } from './override-table.ts';
import { profileHash, type ProfileHash } from './profile-key.ts';
import { profileReader } from './read-profile.ts';
import { progressReader, waitingReader } from './read-progress.ts';
import { rowReader } from './read-rows.ts';
import type { ReadView } from './read-view.ts';
import { guarded } from './storage-error.ts';
import type { BatchRecord, ClientRecord, Reader } from './store.ts';
import type { StoreRules } from './store-rules.ts';
import { storedSettings } from './stored-settings.ts';
import { wellFormedIdentity } from './well-formed.ts';

export interface SqliteReaderParts {
  readonly database: Database;
  readonly view: ReadView;
  readonly bodies: BodyPlace;
  readonly rules: Pick<StoreRules, 'identity' | 'expired'>;
  readonly hash?: ProfileHash | undefined;
  /** For messages: the directory, or `memory`. */
  readonly place: string;
  readonly onClose: () => void;
}

/** Asked at each submission: the work must not grow with what waits. */
export const SELECT_BACKLOG =
  'SELECT ifnull(sum(waiting_batches), 0) AS batches, ifnull(sum(waiting_bytes), 0) AS bytes FROM client';

export function sqliteReader(parts: SqliteReaderParts): Reader {
  const { database, view, bodies, hash = profileHash, place, onClose } = parts;
  const rules = { expired: parts.rules.expired, identity: wellFormedIdentity(parts.rules.identity) };
  const clients = clientFinder(database);
  const settingsTexts = storedSettings();
  const names = attributeNameTable(database);
  const profiles = profileReader({ database, names, rules, hash });
  const rows = rowReader(database, bodies);
  const progressOf = progressReader(database);
  const waitingOf = waitingReader(database);
  const selectBatch = database.prepare<[string], BatchRow>(`${SELECT_BATCH} WHERE batch.batch_id = ?`);
  const selectBatchOf = database.prepare<[number], BatchRow>(`${SELECT_BATCH} WHERE batch.sequence = ?`);
  const selectBatches = database.prepare<[number, number], BatchRow>(
    `${SELECT_BATCH} WHERE batch.sequence < ? ORDER BY batch.sequence DESC LIMIT ?`,
  );
  const selectClientBatches = database.prepare<[number, number, number], BatchRow>(
    `${SELECT_BATCH} WHERE batch.generation = ? AND batch.sequence < ? ORDER BY batch.sequence DESC LIMIT ?`,
  );
  const selectBacklog = database.prepare<[], { batches: number; bytes: number }>(SELECT_BACKLOG);
  const overridesOf = overrideReader(database);
  const recordOf = (row: BatchRow): BatchRecord =>
    batchRecord(row, settingsTexts.read(row.settings), overridesOf(row.sequence));

  const read = <Result>(work: () => Result): Result => guarded(place, () => view.read(work));
  const readOne = <Result>(statement: () => Result): Result => guarded(place, () => view.readOne(statement));
  const ofClient = <Result>(client: ClientCode, work: (client: LivingClient) => Result, none: Result): Result =>
    read(() => {
      const living = clients.find(client);
      return living === undefined ? none : work(living);
    });

  return {
    client: (client) =>
      readOne(() => {
        const living = clients.find(client);
        return living && recordOfClient(living);
      }),
    clients: () => readOne(() => clients.all().map(recordOfClient)),
    batch: (batchId) =>
      read(() => {
        const row = selectBatch.get(batchId);
        return row && recordOf(row);
      }),
    progress: (batchId) => readOne(() => progressOf(batchId)),
    waiting: (client) => readOne(() => waitingOf(client)),
    batchOf: (sequence) =>
      read(() => {
        const row = selectBatchOf.get(sequence);
        return row && recordOf(row);
      }),
    batches: ({ client, limit, cursor }) =>
      read(() => {
        const before = cursor === undefined ? Number.MAX_SAFE_INTEGER : Number(cursor);
        const generation = client === undefined ? undefined : clients.find(client)?.generation;
        if (client !== undefined && generation === undefined) return { items: [], next: undefined };
        const found =
          generation === undefined
            ? selectBatches.all(before, limit + 1)
            : selectClientBatches.all(generation, before, limit + 1);
        const items = found.slice(0, limit).map(recordOf);
        return { items, next: found.length > limit ? String(items.at(-1)!.sequence) : undefined };
      }),
    rows: (batchId, query) =>
      read(() => {
        const batch = selectBatch.get(batchId);
        return batch === undefined ? { items: [], next: undefined } : rows.consumed(batch, query);
      }),
    allRows: (batchId, query) =>
      read(() => {
        const batch = selectBatch.get(batchId);
        return batch === undefined ? { items: [], next: undefined } : rows.all(batch, query);
      }),
    rowText: (batchId, row) =>
      read(() => {
        const batch = selectBatch.get(batchId);
        return batch && rows.text(batch, row);
      }),
    profileWrites: (client, id, now) => ofClient(client, (living) => profiles.writes(living, id, now), undefined),
    profile: (client, id, now) => ofClient(client, (living) => profiles.one(living, id, now), undefined),
    profiles: (client, query) =>
      ofClient(client, (living) => profiles.page(living, query), { items: [], next: undefined }),
    backlog: () => readOne(() => selectBacklog.get()!),
    renew: view.renew,
    forget: () => {
      view.renew();
      names.forget();
      rows.forget();
    },
    close: () => {
      view.renew();
      onClose();
    },
  };
}

function recordOfClient({ client, settings, pace }: LivingClient): ClientRecord {
  return { client, settings, ...(pace !== undefined && { pace }) };
}
