/** Every change that can be asked of a store, spelled once: types, writers and the thread's messages derive from it. */
import type { TokenScope } from '../../protocol/rules/index.ts';
import type {
  BatchId,
  ClientCode,
  FileFault,
  KnownId,
  Progression,
  Settings,
} from '../../protocol/vocabulary/index.ts';
import type {
  AcceptedBatch,
  AttributeFileChange,
  AttributeWrite,
  BatchPace,
  ClientRecord,
  NewAttributeFile,
  SourceDefinition,
  StepClients,
  StepResult,
  StoredToken,
  StoreSnapshot,
  Visit,
  VisitResult,
} from './store.ts';

/** A new verb is one entry here, and what `sqliteStore` does for it. */
export const VERBS = {
  /** Creates the client code with these settings if it is new; returns its settings in force. */
  openClient: verb<(client: ClientCode, defaults: Settings) => ClientRecord>(),
  /**
   * Durable before it resolves (a file store survives `kill -9`). Creates the client code with the batch's readings if
   * it is new, or was dropped while the batch was still on its way.
   */
  acceptBatch: verb<(batch: AcceptedBatch) => void>({ sharesCommit: true }),
  /** One bounded slice of due work; see `jobs/`. Rows, outcomes and counters commit together. */
  step: verb<(now: number, clients?: StepClients) => StepResult>(),
  /** Batches accepted after `now`, before the clock was set back, wait from now on as long as they should have then. */
  restartWaits: verb<(now: number) => void>(),
  /** Makes batches due now whatever their pace: all, or one client's. */
  releaseBatches: verb<(now: number, client?: ClientCode) => void>(),
  /** Update only: 'not-found', with nothing written, where no profile exists. */
  updateProfile: verb<(write: AttributeWrite) => 'updated' | 'not-found'>(),
  // These create the client code with `defaults` if it is new, or was dropped on their way; without any they throw.
  /** Creates or updates, base layer. */
  seedProfiles: verb<(writes: readonly AttributeWrite[], defaults?: Settings) => void>(),
  visit: verb<(visit: Visit, defaults?: Settings) => VisitResult>(),
  /** One visitor is forgotten, with every id that leads there; true where there was a profile. */
  deleteVisitor: verb<(client: ClientCode, id: KnownId, now: number) => boolean>(),
  /** Returns all that are in force then. */
  writeSettings: verb<(client: ClientCode, changes: Partial<Settings>, defaults?: Settings) => Settings>(),
  writePace: verb<(client: ClientCode, pace: Progression, defaults?: Settings) => void>(),
  /** In place of the one before; none revokes that. */
  writeToken:
    verb<(client: ClientCode, scope: TokenScope, token: StoredToken | undefined, defaults?: Settings) => void>(),
  /** Of a batch that waits; false where it has ended or never was. */
  paceBatch: verb<(batchId: BatchId, pace: BatchPace) => boolean>(),
  /** One status request less to wait for; with the last one the batch is due. */
  countPoll: verb<(batchId: BatchId, now: number) => void>(),
  /** Makes a source of customer attributes, or replaces what it was. */
  writeSource: verb<(client: ClientCode, source: SourceDefinition, defaults?: Settings) => void>(),
  deleteSource: verb<(client: ClientCode, alias: string) => boolean>(),
  /** Durable before it resolves, to the file's sequence; throws `EmulatorError` where its client code is gone. */
  addFile: verb<(file: NewAttributeFile) => number>(),
  changeFile: verb<(sequence: number, change: AttributeFileChange) => void>(),
  /** It is `processed`, or has failed; its bytes are gone. */
  endFile: verb<(sequence: number, now: number, fault?: FileFault) => void>(),
  removeFile: verb<(sequence: number) => void>(),
  /** Throws `EmulatorError` where it would not fit. */
  takeSnapshot: verb<() => StoreSnapshot>(),
  /** Everything is as it was; false where there is no such snapshot. The `Reader` must `forget()`. */
  restoreSnapshot: verb<(id: number) => boolean>(),
  dropSnapshot: verb<(id: number) => void>(),
  /** The client code and all it owns are gone at once; the space is reclaimed by later steps. */
  dropClient: verb<(client: ClientCode) => void>(),
  /** Idempotent. */
  close: verb<() => void>(),
};

export type VerbName = keyof typeof VERBS;
export type VerbArgs = { readonly [Name in VerbName]: Parameters<SignatureOf<Name>> };
export type VerbResults = { readonly [Name in VerbName]: ReturnType<SignatureOf<Name>> };

/** The verbs where the store is: each has done its work when it returns, in one transaction. */
export type Verbs = { [Name in VerbName]: (...args: VerbArgs[Name]) => VerbResults[Name] };

/**
 * The verbs as they are asked for: carried out in the order of the calls, and rejecting with what the store throws. A
 * store on a server implements this type itself, a statement or a stored procedure a verb.
 */
export type Writer = { readonly [Name in VerbName]: (...args: VerbArgs[Name]) => Promise<VerbResults[Name]> };

/** A writer made of one way to carry out any verb. */
export function writerOf(
  carryOut: <Name extends VerbName>(name: Name, args: VerbArgs[Name]) => Promise<VerbResults[Name]>,
): Writer {
  const writer: Partial<Record<VerbName, unknown>> = {};
  for (const name of VERB_NAMES) writer[name] = (...args: VerbArgs[VerbName]) => carryOut(name, args);
  return writer as Writer;
}

export const VERB_NAMES = Object.keys(VERBS) as readonly VerbName[];

interface Verb<Signature extends Act> {
  /** For the types alone. */
  readonly signature?: Signature;
  /** Calls that reach the store together are one transaction, and each keeps its own success or failure. */
  readonly sharesCommit?: boolean;
}

type Act = (...args: never[]) => unknown;
type SignatureOf<Name extends VerbName> = NonNullable<(typeof VERBS)[Name]['signature']>;

function verb<Signature extends Act>(ways: Omit<Verb<Signature>, 'signature'> = {}): Verb<Signature> {
  return ways;
}
