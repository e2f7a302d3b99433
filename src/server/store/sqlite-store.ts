/** The read-write side of the store over one SQLite connection: each call is one transaction. */
import type { Database } from 'better-sqlite3';
import { mrgMemory } from '../../protocol/rules/delivery.ts';
import { fchOnlyCustom } from '../../protocol/rules/fetch.ts';
import type { ClientCode, Settings, VisitorId } from '../../protocol/vocabulary/index.ts';
import { refuseGone } from '../runtime/emulator-error.ts';
import { sliceApplier } from './apply-slice.ts';
import { fileTable } from './attribute-file-table.ts';
import { attributeNameTable } from './attribute-names.ts';
import { pairsOf, segmentStamp } from './attribute-record.ts';
import { sourceTable } from './attribute-source-table.ts';
import { batchTable } from './batch-table.ts';
import { REUSED_BYTES_MIN } from './body-place.ts';
import { clientRecord, clientTable, type LivingClient } from './client-table.ts';
import { madeOf } from './connect.ts';
import { attributeBringer, recordWriter } from './customer-records.ts';
import { visitorEraser } from './forget-visitor.ts';
import { orderedProfiles } from './ordered-profiles.ts';
import { overrideTable } from './override-table.ts';
import { type ProfileHash, profileHash } from './profile-key.ts';
import { profileTable } from './profile-table.ts';
import { budgetKeeper, profileWriter } from './profile-writer.ts';
import { retention } from './retention.ts';
import { outcomeRules } from './row-outcomes.ts';
import { sessionWriter } from './session-writes.ts';
import { snapshotShelf } from './snapshot-shelf.ts';
import { statements } from './statements.ts';
import { eachBy, guarded } from './storage-error.ts';
import type { AttributeWrite } from './store.ts';
import type { StorePlace } from './store-place.ts';
import { sweeper } from './sweep.ts';
import type { SyncStore } from './sync-store.ts';
import { visitor } from './visit-profile.ts';
import { identityOf, wellFormed } from './well-formed.ts';

export interface StoreOptions {
  readonly place: StorePlace;
  /** Bytes of bodies and outcomes kept of ended batches; by default as the place says. */
  readonly retainedBytesMax?: number | undefined;
  /** For tests of collisions; whoever hashes the rows of slices must use the same. */
  readonly hash?: ProfileHash | undefined;
  /** Told after each transaction: of a memory store, a reader's `renew`. */
  readonly onWritten?: (() => void) | undefined;
}

/** What is no transaction. */
type Asked = Pick<
  SyncStore,
  'heads' | 'headFiles' | 'openFile' | 'source' | 'hasLinks' | 'readBody' | 'takeSnapshot' | 'dropSnapshot'
>;
type Written = Omit<SyncStore, keyof Asked | 'together' | 'close'>;

/** In memory, closing it closes the reader's connection as well. */
export function openSyncStore(options: StoreOptions): SyncStore {
  const { place } = options;
  return guarded(place.name, () => madeOf(place.connect(), (database) => sqliteStore(database, options)));
}

function sqliteStore(
  database: Database,
  { place, retainedBytesMax = place.retainedBytesMax, hash = profileHash, onWritten }: StoreOptions,
): SyncStore {
  const { bodies } = place;
  /** Spool files that nothing will own once the transaction under way has been committed. */
  let unowned: string[] = [];
  const letGo = (bodyName: string | null) => {
    if (bodyName !== null) unowned.push(bodyName);
  };

  const clients = clientTable(database);
  const batches = batchTable(database);
  const profiles = profileTable(database, hash);
  const ordered = orderedProfiles(database, profiles);
  const names = attributeNameTable(database);
  const rules = outcomeRules(database);
  const sources = sourceTable(database);
  const uploads = fileTable(database, bodies, letGo);
  const kept = retention(database, retainedBytesMax, letGo);
  const sweep = sweeper(database, profiles, letGo, kept.recount);
  const writer = profileWriter(profiles);
  const applySlice = sliceApplier(batches, ordered, names, rules, overrideTable(database));
  const writeRecords = recordWriter(ordered);
  const fit = budgetKeeper();
  const visitProfile = visitor(profiles, clients.countLink);
  const bringAttributes = attributeBringer(profiles, sources, names, fit);
  const writeSession = sessionWriter(profiles, fit);
  const eraseVisitor = visitorEraser(database, profiles);
  const shelf = snapshotShelf(database, place.snapshot);
  const selectBody = statements(database).raw<[number], [name: string | null, bytes: Uint8Array | null]>(
    `SELECT batch.body_name, batch_body.bytes FROM batch LEFT JOIN batch_body USING (sequence) WHERE batch.sequence = +?`,
  );

  /** The large body read last: its memory is another's once its batch has ended. */
  let lent: { readonly sequence: number; readonly bytes: Uint8Array } | undefined;

  const giveBack = (sequence: number) => {
    if (lent?.sequence !== sequence) return;
    bodies.giveBack(lent.bytes);
    lent = undefined;
  };

  const inTransaction = database.transaction((work: () => unknown) => work()).immediate;
  let isTogether = false;

  const discard = (files: readonly string[]) => {
    for (const name of files) if (!shelf.holds(name)) bodies.delete(name);
  };

  /** What memory holds besides the database is thrown away with a transaction that failed. */
  const write = <Result>(work: () => Result): Result => {
    if (isTogether) return work();
    return guarded(place.name, () => {
      place.assertThere();
      let result: Result;
      try {
        result = inTransaction(work) as Result;
      } catch (error) {
        unowned = [];
        if (database.open) forget();
        throw error;
      } finally {
        onWritten?.();
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
    for (const table of [clients, batches, names, rules, uploads]) table.forget();
    sweep.restart();
    kept.recount();
  };

  /** New where it is not there and `defaults` are given. */
  const clientOf = (client: ClientCode, defaults: Settings | undefined): LivingClient => {
    const living = clients.find(client) ?? (defaults && clients.create(client, defaults));
    if (living === undefined) throw new Error(`client ${client} was not opened`);
    return living;
  };

  const writeAttributes = (
    { attributes, id, now }: AttributeWrite,
    client: LivingClient,
    mode: 'update' | 'upsert',
  ) => {
    assertTime(now);
    const exists = writer.open(holderOf(id, client), { now, settings: client.settings });
    if (!exists && mode === 'update') return 'not-found';
    writer.write({ ...namedValues(attributes, client), stamp: segmentStamp(now, ''), batch: '', row: '' });
    return 'updated';
  };

  /** A name given twice has its last value, at that one's place. */
  const namedValues = (attributes: AttributeWrite['attributes'], { generation }: LivingClient) => {
    const dictionary = names.of(generation);
    const values = new Map<string, string>();
    for (const { name, value } of attributes) {
      const known = wellFormed(name);
      values.delete(known);
      values.set(known, value);
    }
    return { names: dictionary, ids: Array.from(values.keys(), dictionary.idOf), values: [...values.values()] };
  };

  /** mrg-profile-params: after everything else, and as long as the session lasts beside what the store has. */
  const writeSaid = (attributes: AttributeWrite['attributes'], id: VisitorId, now: number, client: LivingClient) => {
    if (attributes.length === 0) return;
    const endsAt = mrgMemory.decide(now, client.settings.sessionWrites);
    if (endsAt <= now) return void writeAttributes({ client: client.client, id, attributes, now }, client, 'update');
    const { names: dictionary, ids, values } = namedValues(attributes, client);
    writeSession(holderOf(id, client), pairsOf(dictionary, ids, values), dictionary, now, endsAt);
  };

  const holderOf = (id: VisitorId, { generation, settings }: LivingClient) =>
    profiles.resolve({ generation, kind: id.kind, identity: identityOf(id, settings) });

  /** Each is a transaction of its own, or a part of the one that `together` makes. */
  const written = eachBy<Written>(write, {
    openClient: (client, defaults) => clientRecord(clientOf(client, defaults)),
    writeSettings(client, changes, defaults) {
      const living = clientOf(client, defaults);
      const settings = { ...living.settings, ...changes };
      clients.writeSettings(living, settings);
      return settings;
    },
    writePace: (client, pace, defaults) => clients.writePace(clientOf(client, defaults), pace),
    writeToken(client, scope, token, defaults) {
      // A client code that is gone has none to revoke.
      if (token !== undefined || clients.find(client) !== undefined)
        clients.writeToken(clientOf(client, defaults), scope, token);
    },
    dropClient(client) {
      const living = clients.find(client);
      if (living === undefined) return;
      clients.drop(living);
      batches.dropped(living.generation);
      sweep.dropped();
    },
    acceptBatch: (batch) => batches.accept(batch, clientOf(batch.client, batch.settings).generation),
    releaseBatches(now, client) {
      const generation = client === undefined ? undefined : clients.find(client)?.generation;
      if (client === undefined || generation !== undefined) batches.release(now, generation);
    },
    restartWaits: batches.restartWaits,
    paceBatch: batches.pace,
    countPoll: batches.countPoll,
    applySlice(slice) {
      assertTime(slice.now);
      const ended = applySlice(slice);
      if (ended !== undefined) kept.ended(ended);
      if (slice.last) giveBack(slice.batch.sequence);
    },
    abandonBatch(sequence, now, failure) {
      if (failure !== undefined) kept.release(sequence);
      kept.ended(batches.abandon(sequence, now, failure));
    },
    updateProfile(update) {
      const client = clients.find(update.client);
      return client === undefined ? 'not-found' : writeAttributes(update, client, 'update');
    },
    seedProfiles(seeds, defaults) {
      for (const seed of seeds) writeAttributes(seed, clientOf(seed.client, defaults), 'upsert');
    },
    visit(visit, defaults) {
      const { now, attributes = [] } = visit;
      assertTime(now);
      const client = clientOf(visit.client, defaults);
      const visited = visitProfile(visit, client);
      const pcId: VisitorId = { kind: 'pcId', value: visited.pcId };
      const own = visited.created ? fchOnlyCustom.decide(now, client.settings.systemAttributes) : [];
      bringAttributes(visit, client, holderOf(pcId, client));
      writeSaid([...own, ...attributes], pcId, now, client);
      return visited;
    },
    deleteVisitor(client, id, now) {
      const living = clients.find(client);
      return living !== undefined && eraseVisitor(living, id, now);
    },
    writeSource: (client, source, defaults) => sources.write(clientOf(client, defaults).generation, source),
    deleteSource(client, alias) {
      const living = clients.find(client);
      if (living === undefined || !sources.remove(living.generation, alias)) return false;
      // What waits for a .fin in its root holds personal data, and nobody could take it away any more.
      uploads.removeRoot(living.generation, alias);
      return true;
    },
    addFile(file) {
      const { generation } = clients.find(file.client) ?? refuseGone(file);
      sources.countDropped(generation, file.alias, uploads.trim(generation, file.alias));
      return uploads.add(generation, file);
    },
    changeFile: uploads.change,
    removeFile: uploads.remove,
    beginFile({ sequence, generation, alias }, { rows, skipped, headerBytes, attributes }) {
      const { id: _, isDeleted: __, droppedFiles: ___, ...source } = sources.find(generation, alias)!;
      uploads.begin(sequence, rows, skipped, headerBytes);
      const schema = attributes.map((name) => ({ name, type: 'string' as const }));
      if (source.attributes === undefined) sources.write(generation, { ...source, attributes: schema });
    },
    applyRecords(slice) {
      const dictionary = names.of(slice.generation);
      const created = writeRecords(slice, slice.names.map(dictionary.customersIdOf), dictionary);
      uploads.advance(slice.file, { ...slice.progress, created });
    },
    endFile: uploads.end,
    restoreSnapshot(id) {
      const restored = shelf.restore(id);
      if (restored === undefined) return false;
      restored.files.forEach(letGo);
      forget();
      return true;
    },
    sweep: sweep.step,
  });

  const asked = eachBy<Asked>((work) => guarded(place.name, work), {
    heads: batches.heads,
    headFiles: uploads.heads,
    openFile: uploads.parts,
    source: sources.find,
    hasLinks: (client) => (clients.find(client)?.links ?? 0) > 0,
    readBody(sequence) {
      const [name, bytes] = selectBody.get(sequence) ?? [null, null];
      if (name === null) return bytes ?? undefined;
      const body = bodies.read(name);
      if (body !== undefined && body.byteLength >= REUSED_BYTES_MIN) lent = { sequence, bytes: body };
      return body;
    },
    takeSnapshot() {
      place.assertThere();
      return shelf.take();
    },
    dropSnapshot: (id) => discard(shelf.drop(id).files),
  });

  return {
    ...written,
    ...asked,
    together,
    sweep: () => sweep.isDue() && written.sweep(),
    close() {
      database.close();
      place.end();
    },
  };
}

/** Times are stored as digits. */
function assertTime(now: number): void {
  if (!Number.isSafeInteger(now) || now < 0) throw new RangeError(`${now} is no time in milliseconds`);
}
