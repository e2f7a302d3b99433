/** The composition root: one store, one pump, one page of routes, and nothing outside the value it returns. */
import { attributeIntake } from './attributes/intake.ts';
import type { BatchId, KnownId } from '../protocol/vocabulary/index.ts';
import { clientCodes } from './client-codes.ts';
import { clientHandle } from './client-handle.ts';
import { oneAtATime } from './console/compare-file.ts';
import { consoleFiles } from './console/console-files.ts';
import { batchesUnderWay, watchersOf } from './console/watchers.ts';
import { driveOf } from './drive.ts';
import { tellingEvents } from './emulator-events.ts';
import type { Emulator, EmulatorParts } from './emulator-interface.ts';
import { faultBook } from './faults/fault-book.ts';
import { handleOf } from './harness/handle.ts';
import { OPERATIONS } from './harness/operations.ts';
import { emulatorApp } from './http/emulator-app.ts';
import { hostAndOriginGuard } from './http/guards.ts';
import { rateLimiter, updateLimiter } from './http/limiters.ts';
import { ruleCause } from './http/reply.ts';
import type { Services } from './http/services.ts';
import { bytesInFlight } from './ingest/bytes-in-flight.ts';
import { openFileStore, openMemoryStore } from './jobs/open-store.ts';
import { eventCounts } from './control/metrics.ts';
import { refuseIf } from './input-issues.ts';
import { type EmulatorOptions, resolveOptions } from './options.ts';
import { BoundedMap } from './runtime/bounded-map.ts';
import { clientClocks } from './runtime/client-clocks.ts';
import { realClock, virtualClock } from './runtime/clock.ts';
import { closedError, mayPass } from './runtime/emulator-error.ts';
import { once, untilItFails } from './runtime/once.ts';
import { randomFor } from './runtime/random.ts';
import { steeredClock } from './runtime/steered-clock.ts';
import { problemsTold, watchedWriter } from './problems.ts';
import { clockWaits, every } from './runtime/waits.ts';
import { rehearsals } from './rehearsal.ts';
import { snapshotsOf } from './snapshots.ts';
import { BODY_FAILURES } from './store/body-check.ts';
import type { JournalEvent } from './store/journal-entries.ts';
import { openJournal } from './store/open-journal.ts';
import { NO_REQUEST, strangers } from './strangers.ts';
import type { AttributeFile } from './store/store.ts';
import { VERSION } from '../protocol/version.ts';

/** Batches whose polls and contents are remembered. */
const BATCHES_KNOWN_MAX = 10_000;
/** More than calls that are being written at a time. */
const PC_IDS_KNOWN_MAX = 10_000;

/**
 * An emulator without a socket. Throws a `ZodError` for options that do not exist or hold, and an `EmulatorError` where
 * the data directory cannot be had.
 *
 * @example
 * const emulator = await createEmulator({ clock: 'virtual' });
 * await emulator.seedProfiles('demo', [{ thirdPartyId: 'C-1', attributes: { tier: 'gold' } }]);
 * await emulator.close();
 */
export async function createEmulator(options: EmulatorOptions = {}, parts: EmulatorParts = {}): Promise<Emulator> {
  const { emulator } = assembleEmulator(options, parts);
  return emulator;
}

/** An emulator, and what whoever listens for it has to tell it. */
export function assembleEmulator(givenOptions: EmulatorOptions, parts: EmulatorParts, isRehearsal = false) {
  const options = resolveOptions(givenOptions, parts.flipped);
  const clock = steeredClock(parts.clock ?? (options.clock === 'virtual' ? virtualClock() : realClock()));
  const clocks = clientClocks(clock);

  const { data } = options;
  const { reader, bodies, assertThere, starts, ...store } =
    parts.store ??
    (data === undefined ? openMemoryStore() : openFileStore(data, { writer: 'worker', workerUrl: parts.workerUrl }));
  const comparing = parts.compare && oneAtATime(parts.compare);
  const progress = () => batchesUnderWay(reader);
  const watchers = watchersOf({ every, progress, comparison: () => comparing?.progress() });
  const events = tellingEvents(parts.on ?? {}, reader);
  const problems = problemsTold(events.problem);
  const onFailure = (error: unknown) => mayPass(error) || events.failure(error);
  const writer = watchedWriter(store.writer, problems);
  const counts = eventCounts();
  const kept =
    options.journal === 'off'
      ? undefined
      : openJournal(parts.store === undefined ? data : undefined, {
          onWritten: (failure) =>
            failure === undefined ? problems.over('journal') : problems.note('journal', failure),
        });
  const journal = kept && {
    ...kept,
    add(event: JournalEvent, visitors?: readonly KnownId[]) {
      kept.add(event, visitors);
      counts.count(event);
      watchers.changed('journal');
    },
  };
  const { close: stopDriving, ...driving } = driveOf({
    writer,
    reader,
    clock,
    clocks,
    drive: parts.drive ?? 'pump',
    onStep({ rows, completed, files, bodyFailure }) {
      if (rows > 0 || completed.length > 0) watchers.changed('batches');
      if (files !== undefined) attributes.ended(files);
      if (bodyFailure !== undefined)
        problems.note('bodies', new Error(`A batch is stuck (${bodyFailure}). ${BODY_FAILURES[bodyFailure]}`));
      events.completed(completed);
    },
    onFailure: events.failure,
  });

  const faults = faultBook(options.seed);
  const attributes = attributeIntake({
    reader,
    writer,
    bodies,
    clocks,
    faults,
    onFault: (event) => journal?.add(event),
    kick: driving.kick,
    onEnded(file) {
      watchers.changed('state');
      journal?.add(journalOfFile(file));
      events.fileEnded(file);
    },
    onFailure,
  });
  /** With what waits in the store, and nobody is at. */
  const goOn = () => {
    attributes.resume();
    driving.kick();
  };
  const waits = clockWaits();
  // What an earlier process drew on this data directory may be in somebody's hands, stored here or not.
  const ids = parts.random?.('ids') ?? randomFor(options.seed, 'ids', starts);
  const counted = {
    rateLimiter: rateLimiter(),
    accountCalls: rateLimiter(),
    updateLimiter: updateLimiter(),
    accountUpdates: updateLimiter(),
    statusPolls: new BoundedMap<BatchId, number>(BATCHES_KNOWN_MAX),
    drawnPcIds: new BoundedMap<string, true>(PC_IDS_KNOWN_MAX),
  };
  const others = [ids, clocks, faults, ...Object.values(counted)];
  const guard = hostAndOriginGuard([options.host, ...options.allowHost]);
  const certificates = untilItFails(async () =>
    (await import('./tls/open-certificates.ts')).openCertificates(options, guard.isEmulated),
  );
  let origins: { readonly http: string; readonly https: string | undefined } = {
    http: 'http://localhost',
    https: undefined,
  };
  let isClosed = false;
  const services: Services = {
    ...driving,
    ...counted,
    options,
    version: VERSION,
    clock,
    clocks,
    ids,
    reader,
    writer,
    bodies,
    attributes,
    inFlight: bytesInFlight(),
    journal,
    faults,
    waits,
    problems,
    assertThere,
    batchContents: new BoundedMap(BATCHES_KNOWN_MAX),
    clientCodes: clientCodes(options.seed, (code) => reader.client(code) !== undefined),
    snapshots: snapshotsOf({ writer, reader, clock }, others, goOn),
    isClosed: () => isClosed,
    ownOrigin: (scheme) => origins[scheme] ?? origins.http,
    ca: async () => (await certificates()).ca(),
    onRefused: events.refused,
    watchers,
    eventCounts: counts,
    consoleFiles: consoleFiles(parts.consoleUrl),
    compare: comparing?.compare,
    rehearse: rehearsals(newRehearsal(options.seed), isRehearsal ? 0 : REHEARSALS_MAX),
    onBatchAccepted(batchId) {
      watchers.changed('batches');
      events.accepted(batchId);
    },
  };

  const app = emulatorApp(services, guard, events.bug);
  const dropFolder = untilItFails(async () => (await import('./attributes/drop-folder.ts')).dropFolder(services));
  /** Nobody waits any more, on the clock or for rows: what a fault holds back goes on at once. */
  const endWaits = () => {
    waits.end();
    watchers.end();
    comparing?.end(closedError());
    return stopDriving();
  };
  const close = once(async () => {
    isClosed = true;
    await attributes.close();
    await endWaits();
    // The last one out writes the log back into the database, and a reader may not.
    reader.close();
    journal?.close();
    await writer.close();
  });
  const emulator: Emulator = {
    ...handleOf(services, OPERATIONS),
    options,
    clock,
    app,
    ca: services.ca,
    async fetch(request) {
      refuseIf(typeof Object(request).url !== 'string', 'request', 'Must be a Request');
      return app.fetch(request);
    },
    async takeFiles(directory) {
      refuseIf(typeof directory !== 'string' || directory === '', 'directory', 'Must be the path of a folder');
      return (await dropFolder())(directory);
    },
    client: (code = emulator.clientCode()) => clientHandle(services, code),
    close,
    [Symbol.asyncDispose]: close,
  };

  // Batches of an earlier process may be waiting, for a time that is far away where the machine was set back since.
  if (data !== undefined && clock.kind === 'real') writer.restartWaits(clock.now()).catch(onFailure);
  goOn();
  const tell = strangers(services);
  return {
    emulator,
    guard,
    /** Made when first asked for. */
    certificates,
    tell,
    /** Tells it where it can be reached: `http://127.0.0.1:8181`, and by https where it can. */
    listensAt(reached: typeof origins) {
      origins = reached;
    },
    endWaits,
    problems,
    /** The SFTP door of customer attributes. */
    openSftp: async (at: { readonly host: string; readonly port: number }) =>
      (await import('./sftp/sftp-server.ts')).openSftp(services, tell, at),
  };
}

/** Under way, or waiting for their turn; none within another. */
const REHEARSALS_MAX = 4;
const newRehearsal = (seed: number) => async () => assembleEmulator({ clock: 'virtual', seed }, {}, true).emulator;

/** A file stands in the journal like a request: what was sent, and the rule it was refused by. */
function journalOfFile({ client, alias, name, bytes, receivedAt, endedAt, fault, loss }: AttributeFile): JournalEvent {
  const at = { at: receivedAt, endedAt: endedAt ?? receivedAt, client, operation: 'attributes' };
  const sent = { method: 'FILE', path: `/${alias}/${name}`, requestBytes: bytes };
  const cause = fault && ruleCause(fault.rule)['x-emulator-cause'];
  return { ...NO_REQUEST, ...at, ...sent, cause, faults: loss === undefined ? [] : ['silentLoss'] };
}
