/** The emulator as its users have it in hand. */
import type { CompareFile } from './console/compare-file.ts';
import type { EmulatorEvents } from './emulator-events.ts';
import type { ClientHandle } from './client-handle.ts';
import type { FlippedReadings } from './flipped-readings.ts';
import type { Handle } from './harness/handle.ts';
import type { Operations } from './harness/operations.ts';
import type { EmulatorApp } from './http/emulator-app.ts';
import type { ResolvedOptions } from './options.ts';
import type { Clock } from './runtime/clock.ts';
import type { Purpose, Random } from './runtime/random.ts';
import type { SteeredClock } from './runtime/steered-clock.ts';
import type { AttributeFile, Store } from './store/store.ts';

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
  /** Where the console was built, with a slash at the end; by default beside this file. */
  readonly consoleUrl?: URL;
  /** What `POST /__emulator/compare` asks; `tpe serve` gives the one of `/compare`. */
  readonly compare?: CompareFile;
  readonly on?: EmulatorEvents;
  /** Readings that are tried out in place of the defaults; by default what `TPE_FLIP` says. */
  readonly flipped?: FlippedReadings;
}

/**
 * An emulator without a socket: every operation of the control API as a method, and what only a program can hold. Methods
 * that read are synchronous. What is given is judged as it is over HTTP: wrong input throws a `ZodError` that names each
 * wrong place (asynchronous methods reject with it), and then nothing has changed.
 */
export interface Emulator extends Handle<Operations> {
  readonly options: ResolvedOptions;
  /**
   * Every timestamp, expiry, window, delay and id reads it, in milliseconds since 1970. After moving it by hand, `drain()`
   * applies what fell due; `advance()` does both.
   */
  readonly clock: SteeredClock;
  /**
   * The Hono application that answers, both planes, with the routes of the emulated API in its type: mount it in one of
   * your own, or ask it with `app.request()` and Hono's test client. Below a path use `.route()`: `.mount()` takes the path
   * away before it asks, so that status links would lack it. Asked through no socket it needs a host that is
   * served: `localhost` will do.
   *
   * @example
   * const server = new Hono().use(logger()).route('/', emulator.app);
   * const reply = await emulator.app.request('/rest/v1/profiles/1?client=demo');
   */
  readonly app: EmulatorApp;
  /**
   * Answers a request without a socket. Its URL needs a host that is served: `http://localhost/m2/…` will do.
   * Rejects when the request's body does, and where a fault cuts the connection; within the reply, its body breaks.
   *
   * @example
   * const reply = await emulator.fetch(new Request('http://localhost/rest/v1/profiles/1?client=demo'));
   */
  fetch(request: Request): Promise<Response>;
  /**
   * Takes files of customer attributes from a folder of this machine, as an account of SFTP would: of each source there is a
   * folder `{client}.{alias}` in it, for `crm.csv`, `.csv.gz` or `.csv.zip` and then `crm.fin`. What has ended is moved to
   * `processed` or `failed` there, with the reason in `crm.fin.txt`; resolves to what was moved by this call. What waits for
   * its turn stays until a later one. Rejects with an `EmulatorError` for a folder that is neither empty nor marked as ours.
   *
   * @example
   * const [file] = await emulator.takeFiles('drop'); // of drop/demo.crm/crm.csv and crm.fin
   * file?.status; // 'processed'
   */
  takeFiles(directory: string): Promise<readonly AttributeFile[]>;
  /**
   * The certificate that clients of its https have to trust, as PEM: of the authority kept in the data directory, made on
   * first use, or one that lives as long as the emulator; your own where `tlsCert` gives one.
   *
   * @example
   * const agent = new https.Agent({ ca: await emulator.ca() });
   */
  ca(): Promise<string>;
  /**
   * The same methods for one client code, which is filled in; a fresh one by default. Throws a `ZodError` for what could be
   * no client code.
   *
   * @example
   * const client = emulator.client();
   * client.profile({ kind: 'thirdPartyId', value: 'C-1' }); // undefined: nobody has used the code before
   */
  client(code?: string): ClientHandle;
  /**
   * Lets the current slice finish and closes the store. Idempotent.
   *
   * @example
   * await emulator.close();
   */
  close(): Promise<void>;
  /** `await using emulator = await startEmulator()` closes it at the end of the block, from Node 24 on. */
  [Symbol.asyncDispose](): Promise<void>;
}
