/** The read-write side of the store over one SQLite connection: each call is one transaction. */
import type { Database } from 'better-sqlite3';
import type { ClientCode, Settings } from '../../protocol/vocabulary/index.ts';
import { sliceApplier } from './apply-slice.ts';
import { attributeNameTable } from './attribute-names.ts';
import { segmentStamp } from './attribute-record.ts';
import { batchTable } from './batch-table.ts';
import { REUSED_BYTES_MIN } from './body-place.ts';
import { clientRecord, clientTable, type LivingClient } from './client-table.ts';
import { orderedProfiles } from './ordered-profiles.ts';
import { overrideTable } from './override-table.ts';
import { profileHash, type ProfileHash } from './profile-key.ts';
import { profileTable } from './profile-table.ts';
import { profileWriter } from './profile-writer.ts';
import { retention } from './retention.ts';
import { outcomeRules } from './row-outcomes.ts';
import { guarded } from './storage-error.ts';
import type { StorePlace } from './store-place.ts';
import type { AttributeWrite } from './store.ts';
import { snapshotShelf } from './snapshot-shelf.ts';
import { sweeper } from './sweep.ts';
import type { SyncStore } from './sync-store.ts';
import { visitor } from './visit-profile.ts';
import { identityOf, wellFormed } from './well-formed.ts';

export interface SqliteStoreParts {
  readonly database: Database;
  /** Bytes of bodies and outcomes of ended batches. */
  readonly retainedBytesMax: number;
  readonly hash?: ProfileHash | undefined;
  readonly place: StorePlace;
}

export function sqliteStore(parts: SqliteStoreParts): SyncStore {
  const { database, place, hash = profileHash } = parts;
  const { bodies } = place;
  const clients = clientTable(database);
  const batches = batchTable(database);
  const profiles = profileTable(database, hash);
  const names = attributeNameTable(database);
  const outcomeRuleNumbers = outcomeRules(database);
  const writer = profileWriter(profiles);
  const ordered = orderedProfiles(database, profiles);
  const kept = retention(database, parts.retainedBytesMax);
  const sweep = sweeper(database, hash);
  const applySlice = sliceApplier({
    batches,
    profiles: ordered,
    writer: profileWriter(ordered),
    names,
    outcomeRules: outcomeRuleNumbers,
    overrides: overrideTable(database),
  });
  const visitProfile = visitor({ profiles, onLinked: (generation) => clients.countLink(generation) });
  const selectBody = database
    .prepare<[number], [name: string | null, bytes: Uint8Array | null]>(
      `SELECT batch.body_name, batch_body.bytes FROM batch LEFT JOIN batch_body USING (sequence) WHERE batch.sequence = ?`,
    )
    .raw();

  /** The large body read last: its memory is another's once its batch has ended. */
  let lent: { readonly sequence: number; readonly bytes: Uint8Array } | undefined;

  const giveBack = (sequence: number) => {
    if (lent?.sequence !== sequence) return;
    bodies.giveBack(lent.bytes);
    lent = undefined;
  };

  const shelf = snapshotShelf({ database, placeOf: place.snapshot });

  const inTransaction = database.transaction((work: () => unknown) => work()).immediate;
  let isTogether = false;
  /** Spool files that nothing will own once the transaction under way has been committed. */
  let unowned: string[] = [];

  const discard = (files: readonly string[]) => {
    for (const name of files) if (!shelf.holds(name)) bodies.delete(name);
  };

  /** What memory holds besides the database is thrown away with a transaction that failed. */
  const write = <Result>(work: () => Result): Result => {
    if (isTogether) return work();
    return guarded(place.name, () => {
      let result: Result;
      try {
        result = inTransaction(work) as Result;
      } catch (error) {
        unowned = [];
        forget();
        if (database.open) kept.recount();
        throw error;
      }
      discard(unowned.splice(0));
      return result;
    });
  };

  const together = <Result>(work: () => Result): Result =>
    write(() => {
      isTogether = true;
      try {
        return work();
      } finally {
        isTogether = false;
      }
    });

  const forget = () => {
    clients.forget();
    batches.forget();
    names.forget();
    outcomeRuleNumbers.forget();
    sweep.restart();
  };

  const openedClient = (client: ClientCode, defaults: Settings): LivingClient =>
    clients.find(client) ?? clients.create(client, defaults);

  const clientOf = (client: ClientCode): LivingClient => {
    const living = clients.find(client);
    if (living === undefined) throw new Error(`client ${client} was not opened`);
    return living;
  };

  const writeAttributes = (
    { attributes, id, now }: AttributeWrite,
    client: LivingClient,
    mode: 'update' | 'upsert',
  ) => {
    assertTime(now);
    const identity = identityOf(id, client.settings);
    const slot = profiles.resolve({ generation: client.generation, kind: id.kind, identity });
    const exists = writer.open(slot, { now, settings: client.settings });
    if (!exists && mode === 'update') return 'not-found';
    const dictionary = names.of(client.generation);
    // A name given twice has its last value, at that one's place.
    const values = new Map<string, string>();
    for (const { name, value } of attributes) {
      const known = wellFormed(name);
      values.delete(known);
      values.set(known, value);
    }
    writer.write({
      names: dictionary,
      ids: Array.from(values.keys(), (name) => dictionary.idOf(name)),
      values: [...values.values()],
      stamp: segmentStamp(now, ''),
      batch: '',
      row: '',
    });
    return 'updated';
  };

  return {
    openClient: (client, defaults) => write(() => clientRecord(openedClient(client, defaults))),
    writeSettings: (client, settings) => write(() => clients.writeSettings(clientOf(client), settings)),
    writePace: (client, pace) => write(() => clients.writePace(clientOf(client), pace)),
    dropClient: (client) =>
      write(() => {
        const living = clients.find(client);
        if (living === undefined) return;
        clients.drop(living);
        batches.dropped(living.generation);
        sweep.dropped();
      }),

    together,
    acceptBatch: (batch) => write(() => batches.accept(batch, openedClient(batch.client, batch.settings).generation)),
    heads: () => guarded(place.name, () => batches.heads()),
    releaseBatches: (now, client) =>
      write(() => {
        const generation = client === undefined ? undefined : clients.find(client)?.generation;
        if (client === undefined || generation !== undefined) batches.release(now, generation);
      }),
    paceBatch: (batchId, pace) => write(() => batches.pace(batchId, pace)),
    countPoll: (batchId, now) => write(() => batches.countPoll(batchId, now)),
    readBody: (sequence) =>
      guarded(place.name, () => {
        const row = selectBody.get(sequence);
        if (row === undefined) return undefined;
        const [name, bytes] = row;
        if (name === null) return bytes ?? undefined;
        const body = bodies.read(name);
        if (body !== undefined && body.byteLength >= REUSED_BYTES_MIN) lent = { sequence, bytes: body };
        return body;
      }),
    hasLinks: (client) => guarded(place.name, () => (clients.find(client)?.links ?? 0) > 0),
    applySlice: (slice) => {
      assertTime(slice.now);
      write(() => {
        const ended = applySlice(slice);
        if (ended !== undefined) unowned.push(...kept.ended(ended));
      });
      if (slice.last) giveBack(slice.batch.sequence);
    },
    abandonBatch: (sequence, now, body = 'lost') =>
      write(() => {
        if (body === 'lost') unowned.push(...kept.release(sequence));
        unowned.push(...kept.ended(batches.end(sequence, { status: 'stuck', now })));
      }),

    updateProfile: (update) =>
      write(() => {
        const client = clients.find(update.client);
        return client === undefined ? 'not-found' : writeAttributes(update, client, 'update');
      }),
    seedProfiles: (seeds) =>
      write(() => {
        for (const seed of seeds) writeAttributes(seed, clientOf(seed.client), 'upsert');
      }),
    visit: (visit) =>
      write(() => {
        assertTime(visit.now);
        return visitProfile(visit, clientOf(visit.client));
      }),

    sweep: () =>
      sweep.isDue() &&
      write(() => {
        const step = sweep.step();
        if (step.endedBatches) kept.recount();
        unowned.push(...step.files);
        return step.more;
      }),
    takeSnapshot: () => guarded(place.name, () => shelf.take()),
    restoreSnapshot: (id) => {
      const restored = write(() => {
        const found = shelf.restore(id);
        unowned.push(...(found?.files ?? []));
        return found !== undefined;
      });
      if (!restored) return false;
      forget();
      kept.recount();
      return true;
    },
    dropSnapshot: (id) => guarded(place.name, () => discard(shelf.drop(id).files)),
    close: () => {
      database.close();
      place.end();
    },
  };
}

/** Times are stored as digits. */
function assertTime(now: number): void {
  if (!Number.isSafeInteger(now) || now < 0) throw new RangeError(`${now} is no time in milliseconds`);
}
