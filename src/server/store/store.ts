/**
 * What the rest of the house asks of a store, and nothing of how it is done: every change is one call of the `Writer`
 * (verbs.ts), applied in the order of the calls, and every question one of the `Reader`.
 */
import type { TokenScope } from '../../protocol/rules/index.ts';
import type {
  AttributeSource,
  BatchId,
  ClientCode,
  FileFault,
  FileStatus,
  Progression,
  KnownId,
  RowOutcome,
  RuleId,
  Settings,
  VisitorId,
} from '../../protocol/vocabulary/index.ts';
import type { NamedCustomer } from '../../protocol/rules/customer-attributes.ts';
import type { ClientsAhead } from '../runtime/client-clocks.ts';
import type { progressColumns, recordColumns } from './batch-columns.ts';
import type { BodyFailure } from './body-check.ts';
import type { BodyParts } from './body-place.ts';
import type { FieldsOf } from './columns.ts';
import type { fileColumns } from './file-columns.ts';
import type { Writer } from './verbs.ts';

export type { BatchFaults } from './batch-columns.ts';
export type { FileLoss } from './file-columns.ts';

/** Where a batch's bytes are: in its own row, or in a spool file of the data directory. */
export type Body =
  | { readonly kind: 'inline'; readonly bytes: Uint8Array }
  | { readonly kind: 'spooled'; readonly name: string; readonly byteLength: number; readonly checksum: number };

export interface BatchRecord extends FieldsOf<ReturnType<typeof recordColumns>> {
  /** The lost-update alarm: pairs of batches of which this is one. */
  readonly overrides: readonly BatchOverride[];
}

/**
 * A submission that was judged good: written down before it is answered. `batchSize` is counted while receiving, and
 * `diagnostics` are what was noted then.
 */
export interface AcceptedBatch
  extends
    Pick<BatchRecord, 'batchId' | 'client' | 'api' | 'idKind' | 'batchSize' | 'submittedAt' | 'dueAt'>,
    Pick<BatchRecord, 'settings' | 'diagnostics'>,
    Pick<BatchRecord, 'pace' | 'pollsLeft' | 'faults'> {
  readonly body: Body;
}

/** A later batch took away attributes that an earlier one had written, and did not write them itself (rule 72). */
export interface BatchOverride {
  /** The earlier one; undefined for those beyond the first 100 that one batch overrode. */
  readonly batch: BatchId | undefined;
  readonly by: BatchId;
  /** Rows of `by` that did so. */
  readonly count: number;
  /** The first 100, in the order of its file. */
  readonly first: readonly OverriddenRow[];
}

export interface OverriddenRow {
  readonly row: number;
  readonly id: string;
  /** What went, at most 20, each with the row of the earlier batch that had written it. */
  readonly attributes: readonly { readonly name: string; readonly row: number }[];
}

/** What became of one row, as kept. `id` is undefined once the body is evicted. */
export interface RowRecord {
  readonly row: number;
  readonly id: string | undefined;
  readonly outcome: RowOutcome;
  readonly rule: RuleId;
  readonly column: number | undefined;
}

/** A row of a batch, applied or still waiting. `id` is undefined once the body is evicted. */
export interface ListedRow {
  readonly id: string | undefined;
  readonly outcome: RowOutcome | 'pending';
}

export interface StoredAttribute {
  readonly name: string;
  readonly value: string;
  readonly modifiedAt: number;
  readonly layer: 'base' | 'pending';
  /** Who wrote it: a batch's sequence and row, or undefined for single updates, visits and seeds. */
  readonly batch: number | undefined;
  readonly row: number | undefined;
}

/** A profile as a fetch sees it: the pending value where both layers hold a name, in the order written. */
export interface StoredProfile {
  readonly id: KnownId;
  /** The other id it is linked with, if any; of one asked for by ECID, the id that holds it. */
  readonly linked: VisitorId | undefined;
  readonly modifiedAt: number;
  readonly attributes: readonly StoredAttribute[];
  /** What files said of the customer and has arrived, by its name as targets show it (`crs.*`). */
  readonly customerAttributes?: readonly CustomerAttribute[];
}

export type CustomerAttribute = Pick<StoredAttribute, 'name' | 'value' | 'modifiedAt'>;

/** Every attribute a profile holds, beneath a pending one too: what explains it. */
export type ProfileWrites =
  | (Omit<StoredProfile, 'attributes'> & {
      readonly kind: 'profile';
      readonly attributes: readonly StoredWrite[];
      /** What files said and a visit brought, what has yet to arrive too; `batch` is the number of the file. */
      readonly customers: readonly Omit<StoredAttribute, 'layer'>[];
      readonly livesUntil: number;
      /** A call created it, and for all but visits it is not there before (mrg-memory). */
      readonly waitsUntil?: number | undefined;
    })
  /** Its lifetime is over: for a fetch there is no profile. */
  | { readonly kind: 'expired'; readonly activeAt: number };

export interface StoredWrite extends Omit<StoredAttribute, 'layer'> {
  /** `session`: what waits until the time of `modifiedAt` (mrg-memory). */
  readonly layer: StoredAttribute['layer'] | 'session';
  /** False for a base value that a pending one covers, and for what waits. */
  readonly visible: boolean;
}

/** Two lines of a kept body, without their line ends. */
export interface RowBytes {
  readonly header: Uint8Array;
  readonly line: Uint8Array;
}

export interface ClientRecord {
  readonly client: ClientCode;
  readonly settings: Settings;
  /** For batches accepted from now on; without one as the emulator was started. */
  readonly pace?: Progression | undefined;
}

/** What calls of the account show. Never part of a `ClientRecord`, which is told to whoever asks. */
export interface StoredToken {
  readonly value: string;
  /** In milliseconds since 1970. */
  readonly expiresAt: number;
}

/** Attributes written outside a batch; merged into the base layer. */
export interface AttributeWrite {
  readonly client: ClientCode;
  readonly id: VisitorId;
  readonly attributes: readonly { readonly name: string; readonly value: string }[];
  readonly now: number;
}

/** An mbox call in short: creates what is missing, links its ids, folds pending attributes in, writes its own. */
export interface Visit {
  readonly client: ClientCode;
  readonly pcId: string | undefined;
  readonly thirdPartyId: string | undefined;
  /** The ECID. */
  readonly marketingCloudVisitorId?: string | undefined;
  /** By whom customer attributes are found; undefined where the call names nobody. */
  readonly customer?: NamedCustomer | undefined;
  /** Into the base layer, after everything else (mrg-profile-params). */
  readonly attributes?: AttributeWrite['attributes'] | undefined;
  /** Used where the visitor has no pcId yet (mrg-map, mrg-create-tnt); drawn by the caller. */
  readonly newPcId: string;
  readonly now: number;
}

export interface VisitResult {
  readonly pcId: string;
  readonly thirdPartyId: string | undefined;
  readonly created: boolean;
}

/** A source of customer attributes, and who may upload to its account. */
export interface SourceRecord extends AttributeSource {
  readonly id: number;
  /** Its alias stays taken (ca-alias-burnt). */
  readonly isDeleted: boolean;
  /** Ended files that are remembered no more: beyond the newest 10,000. */
  readonly droppedFiles: number;
  /** `salt:hash`, by scrypt; undefined where there is no password. */
  readonly password?: string | undefined;
  /** Public keys in the form of OpenSSH. */
  readonly keys: readonly string[];
}

/** A source as it is given. */
export type SourceDefinition = Omit<SourceRecord, 'id' | 'isDeleted' | 'droppedFiles'>;

/** A file of customer attributes. */
export interface AttributeFile extends FieldsOf<typeof fileColumns> {}

export interface NewAttributeFile extends Pick<AttributeFile, 'client' | 'alias' | 'name' | 'receivedAt' | 'bytes'> {
  readonly body?: Body | undefined;
  /** It has failed already. */
  readonly fault?: FileFault | undefined;
}

/** `fin` makes it wait for its turn, at `dueAt`. */
export interface AttributeFileChange extends Partial<
  Pick<AttributeFile, 'name' | 'fin' | 'isPacked' | 'dueAt' | 'loss'>
> {
  readonly body?: Body | undefined;
}

/** What files said of one customer. */
export interface CustomerRecord {
  readonly attributes: readonly CustomerAttribute[];
}

/** Whose batches a step is about, and which clocks are ahead of `now`. */
export interface StepClients {
  readonly ahead?: ClientsAhead | undefined;
  /** Only the batches of this client code; all unless told. */
  readonly only?: ClientCode | undefined;
}

export interface StepResult {
  /** Files of customer attributes that reached their end in this call. */
  readonly files?: readonly number[];
  /** Rows applied by this call; 0 when nothing was due. */
  readonly rows: number;
  /** Batches that reached their end in this call. */
  readonly completed: readonly BatchId[];
  /** Why one of these could not be applied; absent where all could. */
  readonly bodyFailure?: BodyFailure;
  /** When the next batch that is not due yet falls due; undefined when none waits for a time. */
  readonly nextDueAt: number | undefined;
  /** More rows are due now. */
  readonly more: boolean;
}

/** When a waiting batch is due from now on, and how it goes on. */
export interface BatchPace {
  readonly pace: Progression;
  readonly dueAt: number;
  readonly pollsLeft: number | undefined;
}

/** A copy of everything stored, kept by the store until it is dropped or the store is closed. */
export interface StoreSnapshot {
  readonly id: number;
  readonly bytes: number;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Pass as `cursor` for the next page; undefined at the end. */
  readonly next: string | undefined;
}

export interface PageQuery {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** With `idPart` rows whose id contains it: such a page looks at a bounded number, and may hold few and have a next one. */
export interface RowQuery extends PageQuery {
  readonly outcome?: RowOutcome | undefined;
  readonly idPart?: string | undefined;
}

export interface StoreSizes {
  readonly clients: readonly { readonly client: ClientCode; readonly profiles: number; readonly batches: number }[];
  readonly exact: boolean;
}

/** What its status tells, and what decides how it is told. */
export interface BatchProgress extends FieldsOf<typeof progressColumns> {}

/** What decides whether a batch that waits is due. */
export type WaitingBatch = Pick<BatchRecord, 'dueAt' | 'submittedAt' | 'pace' | 'faults'>;

/**
 * Reads are synchronous, and each sees one state: a memory store shares the writer's connection, a file store has a
 * read-only one. A store on a server would give a promise of each result, one round trip a read: everyone who reads is
 * within the answer to a request and may wait there. What is asked at every request (`client`, `progress`, `backlog`)
 * it would remember from the writer's answers, which `renew()` announces.
 */
export interface Reader {
  client(client: ClientCode): ClientRecord | undefined;
  clients(query: PageQuery): Page<ClientRecord>;
  token(client: ClientCode, scope: TokenScope): StoredToken | undefined;
  /** What each client code owns; profiles are estimated where there are more than a stretch of them. */
  sizes(): StoreSizes;
  batch(batchId: string): BatchRecord | undefined;
  progress(batchId: string): BatchProgress | undefined;
  /** The client's oldest batch that waits: those behind it wait for it. */
  waiting(client: ClientCode): WaitingBatch | undefined;
  batchOf(sequence: number): BatchRecord | undefined;
  /** Newest first. */
  batches(query: PageQuery & { client?: ClientCode | undefined }): Page<BatchRecord>;
  /** By row number, ascending; only rows already consumed. */
  rows(batchId: string, query: RowQuery): Page<RowRecord>;
  /** By row number, ascending; of a batch that is not complete, the rows that wait as well. */
  allRows(batchId: string, query: PageQuery): Page<ListedRow>;
  /** Undefined once the body is evicted, for a row that is not there, and for lines beyond 1 MiB. */
  rowBytes(batchId: string, row: number): RowBytes | undefined;
  /** The first bytes of a body, as they arrived; undefined once it is evicted. */
  bodyStart(batchId: string, bytesMax: number): Uint8Array | undefined;
  /** Whether a lifetime has run out is judged at `now`. */
  profile(client: ClientCode, id: KnownId, now: number): StoredProfile | undefined;
  /** The same with what lies beneath; undefined where there never was a profile, or no longer is any trace of it. */
  profileWrites(client: ClientCode, id: KnownId, now: number): ProfileWrites | undefined;
  profiles(client: ClientCode, query: PageQuery & { now: number }): Page<StoredProfile>;
  /** What has arrived of customer attributes, for the visitor's own call (mrg-immediate-read): it sees whom it has just made. */
  customerAttributes(client: ClientCode, id: KnownId, now: number): readonly CustomerAttribute[];
  /** Sources of customer attributes, deleted ones too. */
  sources(client: ClientCode): readonly SourceRecord[];
  source(client: ClientCode, alias: string): SourceRecord | undefined;
  /** Newest first. */
  files(client: ClientCode, query: PageQuery & { alias?: string; status?: FileStatus }): Page<AttributeFile>;
  file(sequence: number): AttributeFile | undefined;
  /** Whether a file of this client waits, and is due. */
  isFileDue(client: ClientCode, now: number): boolean;
  /** When the one that was due last is, or was. */
  lastFileDueAt(client: ClientCode): number | undefined;
  /** Of all client codes, those that wait to be taken apart. */
  packedFiles(): readonly AttributeFile[];
  /** Undefined where its bytes are gone. */
  fileParts(sequence: number): BodyParts | undefined;
  customerRecord(client: ClientCode, alias: string, customerId: string): CustomerRecord | undefined;
  /** Batches accepted and not complete, and their bytes: the queue that must stay bounded. */
  backlog(): { readonly batches: number; readonly bytes: number };
  /** The writer has answered: nothing older than its answer is read from now on. */
  renew(): void;
  /** Nothing remembered of what was read holds any more: a snapshot was restored. */
  forget(): void;
  close(): void;
}

export type { Writer } from './verbs.ts';

export interface Store {
  readonly writer: Writer;
  readonly reader: Reader;
  readonly bodies: BodySpool;
  /** The number of this start, where earlier ones have stored something. */
  readonly starts?: string | undefined;
  /** Throws an `EmulatorError` where what is written would be lost; undefined in memory. */
  readonly assertThere?: (() => void) | undefined;
}

/** Takes a body while it arrives. What is neither kept nor discarded is removed at the next start. */
export interface BodySpool {
  open(): BodySink;
}

export interface BodySink {
  /** Resolves when the chunk may be reused; holds one chunk. */
  write(chunk: Uint8Array): Promise<void>;
  finish(): Promise<Body>;
  /** After `finish` too, for a body that no batch was made of. */
  discard(): Promise<void>;
}
