/** The read-write side of the store over one SQLite connection: each call is one transaction. */
import type { Database } from 'better-sqlite3';
import { mrgMemory } from '../../protocol/rules/delivery.ts';
import { fchOnlyCustom } from '../../protocol/rules/fetch.ts';
import type { TokenScope } from '../../protocol/rules/index.ts';
import type { ClientCode, FileFault, Progression, Settings, VisitorId } from '../../protocol/vocabulary/index.ts';
import { sliceApplier } from './apply-slice.ts';
import { type AttributeNames, attributeNameTable } from './attribute-names.ts';
import { segmentStamp } from './attribute-record.ts';
import { fileTable } from './attribute-file-table.ts';
import { sourceTable } from './attribute-source-table.ts';
import { batchTable } from './batch-table.ts';
import type { BodyFailure } from './body-check.ts';
import { REUSED_BYTES_MIN } from './body-place.ts';
import { clientRecord, clientTable, type LivingClient } from './client-table.ts';
import { attributeBringer, recordWriter } from './customer-records.ts';
import { orderedProfiles } from './ordered-profiles.ts';
import { overrideTable } from './override-table.ts';
import { type ProfileHash, profileHash } from './profile-key.ts';
import { profileTable } from './profile-table.ts';
import { budgetKeeper, profileWriter } from './profile-writer.ts';
import { recordScan } from './record-scan.ts';
import { retention } from './retention.ts';
import { sessionWriter } from './session-writes.ts';
import { outcomeRules } from './row-outcomes.ts';
import { eachBy, guarded } from './storage-error.ts';
import type { StorePlace } from './store-place.ts';
import { visitorEraser } from './forget-visitor.ts';
import type {
  AcceptedBatch,
  AttributeFileChange,
  AttributeWrite,
  NewAttributeFile,
  SourceDefinition,
  StoredToken,
  Visit,
  VisitorDeletion,
} from './store.ts';
import { snapshotShelf } from './snapshot-shelf.ts';
import { sweeper } from './sweep.ts';
import type { GoodFile, HeadFile, RecordSlice, Slice, SyncStore } from './sync-store.ts';
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

export function sqliteStore(
  database: Database,
  { place, retainedBytesMax = place.retainedBytesMax, hash = profileHash, onWritten }: StoreOptions,
): SyncStore {
  const { bodies } = place;
  const clients = clientTable(database);
  const batches = batchTable(database);
  const profiles = profileTable(database, hash);
  const names = attributeNameTable(database);
  const outcomeRuleNumbers = outcomeRules(database);
  const writer = profileWriter(profiles);
  const ordered = orderedProfiles(database, profiles);
  const kept = retention(database, retainedBytesMax);
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
  const sources = sourceTable(database);
  const uploads = fileTable(database, bodies);
  const writeRecords = recordWriter(ordered);
  const fitToBudget = budgetKeeper();
  const beforeFit = recordScan();
  const fit = (record: string, dictionary: AttributeNames) => {
    beforeFit.read(record);
    return fitToBudget(record, beforeFit, [], dictionary);
  };
  const bringAttributes = attributeBringer({ profiles, sources, namesOf: names.of, fit });
  const writeSession = sessionWriter(profiles, fit);
  const eraseVisitor = visitorEraser(database, profiles, hash);
  const selectBody = database
    .prepare<[number], [name: string | null, bytes: Uint8Array | null]>(
      `SELECT batch.body_name, batch_body.bytes FROM batch LEFT JOIN batch_body USING (sequence) WHERE batch.sequence = +?`,
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
      place.assertThere();
      let result: Result;
      try {
        result = inTransaction(work) as Result;
      } catch (error) {
        unowned = [];
        forget();
        if (database.open) kept.recount();
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
    clients.forget();
    batches.forget();
    names.forget();
    outcomeRuleNumbers.forget();
    sweep.restart();
  };

  const openedClient = (client: ClientCode, defaults: Settings): LivingClient =>
    clients.find(client) ?? clients.create(client, defaults);

  const clientOf = (client: ClientCode, defaults: Settings | undefined): LivingClient => {
    const living = defaults === undefined ? clients.find(client) : openedClient(client, defaults);
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
    const ids = Array.from(values.keys(), (name) => dictionary.idOf(name));
    return { names: dictionary, ids, values: [...values.values()] };
  };

  /** mrg-profile-params: after everything else, and as long as the session lasts beside what the store has. */
  const writeSaid = (attributes: AttributeWrite['attributes'], pcId: string, now: number, client: LivingClient) => {
    if (attributes.length === 0) return;
    const id = { kind: 'pcId', value: pcId } as const;
    const endsAt = mrgMemory.decide(now, client.settings.sessionWrites);
    if (endsAt <= now) writeAttributes({ client: client.client, id, attributes, now }, client, 'update');
    else writeSession(holderOf(id, client), { ...namedValues(attributes, client), now, endsAt });
  };

  const holderOf = (id: VisitorId, { generation, settings }: LivingClient) =>
    profiles.resolve({ generation, kind: id.kind, identity: identityOf(id, settings) });

  /** Each is a transaction of its own, or a part of the one that `together` makes. */
  const transactions = eachBy(write, {
    openClient: (client: ClientCode, defaults: Settings) => clientRecord(openedClient(client, defaults)),
    writeSettings(client: ClientCode, changes: Partial<Settings>, defaults?: Settings): Settings {
      const living = clientOf(client, defaults);
      const settings = { ...living.settings, ...changes };
      clients.writeSettings(living, settings);
      return settings;
    },
    writePace: (client: ClientCode, pace: Progression, defaults?: Settings) =>
      clients.writePace(clientOf(client, defaults), pace),
    writeToken: (client: ClientCode, scope: TokenScope, token: StoredToken | undefined, defaults?: Settings) =>
      clients.writeToken(clientOf(client, defaults), scope, token),
    dropClient(client: ClientCode): void {
      const living = clients.find(client);
      if (living === undefined) return;
      clients.drop(living);
      batches.dropped(living.generation);
      sweep.dropped();
    },
    acceptBatch: (batch: AcceptedBatch) => batches.accept(batch, openedClient(batch.client, batch.settings).generation),
    releaseBatches(now: number, client?: ClientCode): void {
      const generation = client === undefined ? undefined : clients.find(client)?.generation;
      if (client === undefined || generation !== undefined) batches.release(now, generation);
    },
    restartWaits: batches.restartWaits,
    paceBatch: batches.pace,
    countPoll: batches.countPoll,
    applySlice(slice: Slice): void {
      assertTime(slice.now);
      const ended = applySlice(slice);
      if (ended !== undefined) unowned.push(...kept.ended(ended));
      if (slice.last) giveBack(slice.batch.sequence);
    },
    abandonBatch(sequence: number, now: number, failure?: BodyFailure): void {
      if (failure !== undefined) unowned.push(...kept.release(sequence));
      unowned.push(...kept.ended(batches.end(sequence, { status: 'stuck', now }, failure)));
    },
    updateProfile(update: AttributeWrite) {
      const client = clients.find(update.client);
      return client === undefined ? 'not-found' : writeAttributes(update, client, 'update');
    },
    seedProfiles(seeds: readonly AttributeWrite[], defaults?: Settings): void {
      for (const seed of seeds) writeAttributes(seed, clientOf(seed.client, defaults), 'upsert');
    },
    visit(visit: Visit, defaults?: Settings) {
      assertTime(visit.now);
      const client = clientOf(visit.client, defaults);
      const visited = visitProfile(visit, client);
      const { now } = visit;
      const own = visited.created ? fchOnlyCustom.decide(now, client.settings.systemAttributes) : [];
      bringAttributes(visit, client, holderOf({ kind: 'pcId', value: visited.pcId }, client));
      writeSaid([...own, ...(visit.attributes ?? [])], visited.pcId, now, client);
      return visited;
    },
    deleteVisitor(deletion: VisitorDeletion) {
      const client = clients.find(deletion.client);
      return client !== undefined && eraseVisitor(deletion, client);
    },
    writeSource: (client: ClientCode, source: SourceDefinition, defaults?: Settings) =>
      sources.write(clientOf(client, defaults).generation, source),
    deleteSource(client: ClientCode, alias: string): boolean {
      const living = clients.find(client);
      if (living === undefined || !sources.remove(living.generation, alias)) return false;
      // What waits for a .fin in its root holds personal data, and nobody could take it away any more.
      unowned.push(...uploads.removeRoot(living.generation, alias));
      return true;
    },
    addFile(file: NewAttributeFile): number {
      const { generation } = clientOf(file.client, undefined);
      sources.countDropped(generation, file.alias, uploads.trim(generation, file.alias));
      return uploads.add(generation, file);
    },
    changeFile: (sequence: number, change: AttributeFileChange) =>
      void unowned.push(...uploads.change(sequence, change)),
    removeFile: (sequence: number) => void unowned.push(...uploads.remove(sequence)),
    beginFile({ sequence, generation, alias }: HeadFile, { rows, skipped, headerBytes, attributes }: GoodFile): void {
      const { id: _, isDeleted: __, droppedFiles: ___, ...source } = sources.find(generation, alias)!;
      uploads.begin(sequence, rows, skipped, headerBytes);
      const schema = attributes.map((name) => ({ name, type: 'string' as const }));
      if (source.attributes === undefined) sources.write(generation, { ...source, attributes: schema });
    },
    applyRecords(slice: RecordSlice): void {
      const dictionary = names.of(slice.generation);
      const created = writeRecords(slice, slice.names.map(dictionary.customersIdOf), dictionary);
      uploads.advance(slice.file, { ...slice.progress, created });
    },
    endFile: (sequence: number, now: number, fault?: FileFault) =>
      void unowned.push(...uploads.end(sequence, now, fault)),
    restoreSnapshot(id: number): boolean {
      const restored = shelf.restore(id);
      if (restored === undefined) return false;
      unowned.push(...restored.files);
      forget();
      kept.recount();
      return true;
    },
    sweep(): boolean {
      const { more, files } = sweep.step();
      if (files !== undefined) kept.recount();
      unowned.push(...(files ?? []));
      return more;
    },
  });

  return {
    ...transactions,
    together,
    sweep: () => sweep.isDue() && transactions.sweep(),
    close() {
      database.close();
      place.end();
    },
    ...eachBy((work) => guarded(place.name, work), {
      heads: batches.heads,
      headFiles: uploads.heads,
      openFile: uploads.parts,
      source: sources.find,
      hasLinks: (client: ClientCode) => (clients.find(client)?.links ?? 0) > 0,
      readBody(sequence: number): Uint8Array | undefined {
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
      dropSnapshot: (id: number) => discard(shelf.drop(id).files),
    }),
  };
}

/** Times are stored as digits. */
function assertTime(now: number): void {
  if (!Number.isSafeInteger(now) || now < 0) throw new RangeError(`${now} is no time in milliseconds`);
}
