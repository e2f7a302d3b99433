/** The composition root: one store, one pump, one page of routes, and nothing outside the value it returns. */
import { inspect } from 'node:util';
import { ourClientCode } from '../protocol/rules/index.ts';
import type { BatchId, ClientCode, Progression, Settings, VisitorId } from '../protocol/vocabulary/index.ts';
import { clientCodes } from './client-codes.ts';
import { type ClientHandle, clientHandle } from './client-handle.ts';
import { dropClientCode } from './control/clients.ts';
import { changeBatchPace, checkedProgression } from './control/pace.ts';
import { changeClientSettings } from './control/settings.ts';
import { explainProfile, type ProfileExplanation } from './explain/explain-profile.ts';
import { explainRow, type RowAnswer } from './explain/explain-row.ts';
import { type FaultBook, faultBook } from './faults/fault-book.ts';
import { type FaultSet, faultSetSchema, type GivenFaults } from './faults/fault-set.ts';
import { batchContents } from './http/batch-contents.ts';
import { type EmulatorApp, emulatorApp } from './http/emulator-app.ts';
import { firstPolls } from './http/first-polls.ts';
import { hostAndOriginGuard } from './http/guards.ts';
import { newPcId } from './http/new-pc-id.ts';
import { rateLimiter } from './http/rate-limiter.ts';
import { responseOf } from './http/reply.ts';
import { requestBody } from './http/request-body.ts';
import { type SeedProfile, seedWrites } from './http/seed-profiles.ts';
import type { Services } from './http/services.ts';
import { openFileStore, openMemoryStore } from './jobs/open-store.ts';
import { createPump } from './jobs/pump.ts';
import {
  type EmulatorOptions,
  type GivenSettings,
  partialSettingsSchema,
  type ResolvedOptions,
  resolveOptions,
} from './options.ts';
import { passTime } from './pass-time.ts';
import { type Clock, realClock, virtualClock } from './runtime/clock.ts';
import { type Purpose, type Random, randomFor } from './runtime/random.ts';
import { type SteeredClock, steeredClock } from './runtime/steered-clock.ts';
import { type Snapshot, snapshotsOf } from './snapshots.ts';
import { clockWaits } from './runtime/waits.ts';
import { type Expectation, expectationSchema, verification } from './journal/expectation.ts';
import { VerificationError } from './journal/verification-error.ts';
import type { Journal, JournalFilter, JournalPage } from './store/journal.ts';
import { openJournal } from './store/open-journal.ts';
import type { BatchRecord, StepResult, Store, StoredProfile, VisitResult } from './store/store.ts';
import { VERSION } from '../protocol/version.ts';

export type { SeedProfile } from './http/seed-profiles.ts';

/** What the emulator is made of, where a caller wants another than the options' own. */
export interface EmulatorParts {
  readonly clock?: Clock;
  readonly random?: (purpose: Purpose) => Random;
  /** Closed by the emulator's `close()`. */
  readonly store?: Store;
  /** `pump` (the default) applies what is due by itself; `by-hand` leaves it to `step()` and `drain()`. */
  readonly drive?: 'pump' | 'by-hand';
  /** The file store's writer thread, where the bundle does not stand beside this file. */
  readonly workerUrl?: URL;
  readonly on?: EmulatorEvents;
}

/** Called as things happen; what they throw is not caught. */
export interface EmulatorEvents {
  batchAccepted?(batch: BatchRecord): void;
  batchCompleted?(batch: BatchRecord): void;
  /** An unexpected throw was answered with 500 and `bug/<id>`; without this event its stack goes to stderr. */
  bug?(id: string, error: unknown): void;
  /** A step failed: nothing is applied any more. Without this event it goes to stderr. */
  failure?(error: unknown): void;
}

export interface Emulator {
  readonly options: ResolvedOptions;
  /** Every timestamp, expiry, window, delay and id reads it. After moving it by hand, `drain()` applies what fell due; `advance()` does both. */
  readonly clock: SteeredClock;
  readonly faults: FaultHandle;
  readonly journal: JournalHandle;
  /**
   * Answers a request without a socket. Its URL needs a host that is served: `http://localhost/m2/…` will do.
   * Rejects when the request's body does, and where a fault cuts the connection; within the reply, its body breaks.
   */
  fetch(request: Request): Promise<Response>;
  /** Applies one slice of what is due. */
  step(): Promise<StepResult>;
  /** Applies slices until nothing more is due. */
  drain(): Promise<void>;
  /** Lets time pass: what falls due on the way is applied at its own time. 24 hours take a millisecond. */
  advance(ms: number): Promise<void>;
  /** Makes batches due now whatever their pace: one client's, or all. */
  release(client?: string): Promise<void>;
  /**
   * A client code that nobody has used, another one at each call and the same ones for the same seed: one for each test,
   * and tests side by side never meet.
   */
  clientCode(): string;
  /** The same methods for one client code; a fresh one by default. */
  client(code?: string): ClientHandle;
  /** How the client's batches get to their end, from the next one on. Creates the client code if it is new. */
  setPace(client: string, pace: Progression): Promise<void>;
  /** The same for one batch that waits; false where it has ended or never was. */
  setBatchPace(batchId: string, pace: Progression): Promise<boolean>;
  /**
   * Changes any of the client's readings, from its next batch on, and resolves to all of them. Creates the client code if
   * it is new. Rejects with a `ZodError` that names each wrong field, and then nothing has changed.
   */
  setSettings(client: string, changes: GivenSettings): Promise<Settings>;
  /** The client code and all it owns are gone at once, however much it is. */
  dropClient(client: string): Promise<void>;
  /**
   * The whole emulator as it is now: profiles, batches with their bodies, settings, counts, chance, and the clock if it
   * stands. Take and restore it while no request is under way. Throws `EmulatorError` beyond 8 snapshots or 1 GiB.
   */
  snapshot(): Promise<Snapshot>;
  /** Back to that moment, as often as you like. Throws where the snapshot was discarded or is another emulator's. */
  restore(snapshot: Snapshot): Promise<void>;
  discard(snapshot: Snapshot): Promise<void>;
  /** Creates or updates, in the base layer; empty values are ignored. Creates the client code if it is new. */
  seedProfiles(client: string, profiles: readonly SeedProfile[]): Promise<void>;
  /** As a fetch sees it now. */
  profile(client: string, id: VisitorId): StoredProfile | undefined;
  /** Which batch, row and rule wrote each attribute, or the one named; undefined where there is no such profile. */
  explain(client: string, id: VisitorId, attribute?: string): ProfileExplanation | undefined;
  /** What a row did and why, and what is left of what it wrote. */
  explainRow(batchId: string, row: number): RowAnswer;
  /** Newest first, the latest 1,000. */
  batches(client?: string): readonly BatchRecord[];
  /** What an mbox call does to the profile store: creates, links, folds pending attributes in. */
  visit(client: string, ids: { readonly pcId?: string; readonly thirdPartyId?: string }): Promise<VisitResult>;
  /** Lets the current slice finish and closes the store. Idempotent. */
  close(): Promise<void>;
  /** `await using emulator = await startEmulator()` closes it at the end of the block. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** What goes wrong on purpose; see docs/faults.md. */
export interface FaultHandle {
  /**
   * Replaces the faults of one client code, or those for all; `{}` means none. Throws a `ZodError` that names each wrong
   * field, and then nothing has changed.
   *
   * @example
   * emulator.faults.set({ status: { code: 503, times: 2, per: 'content' } }, 'demo');
   */
  set(faults: GivenFaults, client?: string): void;
  get(client?: string): FaultSet;
}

/** What was asked of the emulated API. Throws a `VerificationError` ('journal-off') where none is kept. */
export interface JournalHandle {
  /** Oldest first, 100 unless told. */
  read(query?: JournalFilter & { readonly limit?: number; readonly cursor?: string }): JournalPage;
  /**
   * How many such requests there were. Throws a `VerificationError` where that is not what was expected
   * ('not-verified', with what was seen instead), or where evicted entries leave it open ('evicted').
   *
   * @example
   * emulator.journal.verify({ client: 'demo', method: 'POST', path: '/m2/demo/v2/profile/batchUpdate', times: 1 });
   */
  verify(expectation: Expectation): number;
  clear(client?: string): void;
}

/**
 * An emulator without a socket. Throws a `ZodError` for options that do not exist or hold, and an `EmulatorError` where
 * the data directory cannot be had.
 */
export async function createEmulator(options: EmulatorOptions = {}, parts: EmulatorParts = {}): Promise<Emulator> {
  const { emulator } = assembleEmulator(options, parts);
  return emulator;
}

/** An emulator, and the door for requests whose body comes some other way than in the request: for `listen/`. */
export interface AssembledEmulator {
  readonly emulator: Emulator;
  readonly answer: EmulatorApp;
  /** Tells it where it can be reached: `127.0.0.1:8181`. */
  readonly listensAt: (authority: string) => void;
  /** Nothing waits on the clock any more: what a fault holds back goes on at once. */
  readonly endWaits: () => void;
}

export function assembleEmulator(givenOptions: EmulatorOptions, parts: EmulatorParts): AssembledEmulator {
  const options = resolveOptions(givenOptions);
  const clock = steeredClock(parts.clock ?? (options.clock === 'virtual' ? virtualClock() : realClock()));
  const random = parts.random ?? ((purpose: Purpose) => randomFor(options.seed, purpose));
  const { writer, reader, bodies } = parts.store ?? openStore(options, parts.workerUrl);
  const on = parts.on ?? {};
  const journal =
    options.journal === 'off' ? undefined : openJournal(parts.store === undefined ? options.data : undefined);
  const faults = faultBook(options.seed);
  const waits = clockWaits(clock);

  let failure: { readonly error: unknown } | undefined;
  const fail = (error: unknown) => {
    failure = { error };
    if (on.failure === undefined) complain('a step failed, nothing is applied any more', error);
    else on.failure(error);
  };
  const tellCompleted = (batchIds: StepResult['completed']) => {
    for (const batchId of on.batchCompleted === undefined ? [] : batchIds) {
      const batch = reader.batch(batchId);
      if (batch !== undefined) on.batchCompleted?.(batch);
    }
  };
  const pump =
    parts.drive === 'by-hand' ? undefined : createPump({ writer, clock, onCompleted: tellCompleted, onFailure: fail });

  const step = async () => {
    const result = await writer.step(clock.now());
    tellCompleted(result.completed);
    return result;
  };
  const drain = async () => {
    if (pump === undefined) {
      while ((await step()).more);
    } else {
      await pump.idle();
    }
  };
  const advance = (ms: number) => passTime(ms, { clock, step, drain });
  const kick = () => pump?.kick();
  const ids = random('ids');
  const calls = rateLimiter();
  const accountCalls = rateLimiter();
  const polls = firstPolls();
  const codes = clientCodes(options.seed, (code) => reader.client(code) !== undefined);
  const snapshots = snapshotsOf({ writer, reader, clock, others: [ids, calls, accountCalls, polls, faults], kick });

  let ownAuthority = 'localhost';
  const services: Services = {
    options,
    version: VERSION,
    clock,
    ids,
    reader,
    writer,
    bodies,
    rateLimiter: calls,
    firstPolls: polls,
    clientCodes: codes,
    snapshots,
    faults,
    accountCalls,
    batchContents: batchContents(),
    waits,
    journal,
    ownAuthority: () => ownAuthority,
    kick,
    step,
    drain,
    advance,
    settle: async () => pump?.idle(),
    onBatchAccepted(batchId) {
      const batch = on.batchAccepted === undefined ? undefined : reader.batch(batchId);
      if (batch !== undefined) on.batchAccepted?.(batch);
    },
    isFailed: () => failure !== undefined,
  };
  const guard = hostAndOriginGuard([options.host, ...options.allowHost]);
  const answer = emulatorApp(services, guard, (id, error) => {
    if (on.bug === undefined) complain(`bug/${id}`, error);
    else on.bug(id, error);
  });

  const openClient = async (text: string) => {
    const client = checkedClient(text);
    await writer.openClient(client, options.settings);
    return client;
  };
  let closing: Promise<void> | undefined;
  const close = async () => {
    waits.end();
    await pump?.close();
    // The last one out writes the log back into the database, and a reader may not.
    reader.close();
    journal?.close();
    await writer.close();
  };

  const emulator: Emulator = {
    options,
    clock,
    faults: faultHandle(faults),
    journal: journalHandle(journal),
    async fetch(request) {
      const afterwards: (() => void)[] = [];
      const body = requestBody(request);
      try {
        const url = new URL(request.url);
        return responseOf(await answer(request, { url, body, afterReply: (action) => afterwards.push(action) }));
      } finally {
        for (const action of afterwards) action();
      }
    },
    step,
    drain,
    advance,
    async release(client) {
      await writer.releaseBatches(clock.now(), client === undefined ? undefined : checkedClient(client));
      kick();
    },
    clientCode: () => codes.next(),
    client: (code = codes.next()) => clientHandle(emulator, checkedClient(code)),
    async setPace(code, pace) {
      const given = checkedProgression(pace);
      await writer.writePace(await openClient(code), given);
    },
    async setSettings(code, changes) {
      const given = partialSettingsSchema.parse(changes);
      return changeClientSettings(services, checkedClient(code), given);
    },
    setBatchPace: (batchId, pace) => changeBatchPace(services, batchId as BatchId, checkedProgression(pace)),
    dropClient: async (code) => dropClientCode(services, checkedClient(code)),
    snapshot: () => snapshots.take(),
    async restore({ id }) {
      if (!(await snapshots.restore(id))) throw new TypeError(`There is no snapshot ${id}: it was discarded.`);
    },
    async discard({ id }) {
      await snapshots.discard(id);
    },
    async seedProfiles(client, profiles) {
      await writer.seedProfiles(seedWrites(await openClient(client), profiles, clock.now()));
    },
    profile: (client, id) => reader.profile(checkedClient(client), id, clock.now()),
    explain: (client, id, attribute) =>
      explainProfile(reader, { client: checkedClient(client), id, now: clock.now(), attribute }),
    explainRow: (batchId, row) => explainRow(reader, batchId, row, clock.now()),
    batches: (client) =>
      reader.batches({ limit: 1_000, ...(client !== undefined && { client: checkedClient(client) }) }).items,
    async visit(code, { pcId, thirdPartyId }) {
      const client = await openClient(code);
      return writer.visit({ client, pcId, thirdPartyId, newPcId: newPcId(services, client), now: clock.now() });
    },
    close: () => (closing ??= close()),
    [Symbol.asyncDispose]: () => emulator.close(),
  };

  // Batches of an earlier process may be waiting.
  kick();
  return {
    emulator,
    answer,
    listensAt(authority) {
      ownAuthority = authority;
    },
    endWaits: () => waits.end(),
  };
}

function openStore({ data }: ResolvedOptions, workerUrl: URL | undefined): Store {
  return data === undefined ? openMemoryStore() : openFileStore(data, { writer: 'worker', workerUrl });
}

function faultHandle(book: FaultBook): FaultHandle {
  const checked = (client: string | undefined) => (client === undefined ? undefined : checkedClient(client));
  return {
    set(given, client) {
      const set = book.set(faultSetSchema.parse(given), checked(client));
      if (set === 'too-many-clients')
        throw new RangeError('Too many client codes have faults of their own; drop some.');
    },
    get: (client) => book.get(checked(client)),
  };
}

function journalHandle(journal: Journal | undefined): JournalHandle {
  const kept = (): Journal => {
    if (journal !== undefined) return journal;
    throw new VerificationError('journal-off', 'No journal is kept: the emulator was started with journal off.');
  };
  return {
    read({ limit = 100, ...query } = {}) {
      if (query.client !== undefined) checkedClient(query.client);
      return kept().read({ ...query, limit });
    },
    verify(expectation) {
      const verified = verification(journal, expectationSchema.parse(expectation));
      if (verified.kind === 'verified') return verified.count;
      throw new VerificationError(verified.kind, verified.message, 'seen' in verified ? verified.seen : []);
    },
    clear: (client) => journal?.clear(client === undefined ? undefined : checkedClient(client)),
  };
}

/** For callers of the handles, whose mistakes are thrown. */
function checkedClient(text: string): ClientCode {
  const client = ourClientCode.decide(text);
  if (typeof client === 'string') return client;
  throw new TypeError(client.message);
}

function complain(what: string, error: unknown): void {
  process.stderr.write(`target-profile-emulator: ${what}\n${inspect(error)}\n`);
}
