/** Every option of the emulator, said once: validation, types, flags, environment names and help all come from here. */
import { z } from 'zod';
import { BACKLOG_MAX } from '../protocol/rules/index.ts';
import {
  DEFAULT_SETTINGS,
  PROFILE_LIFETIME_DAYS_MAX,
  SINGLE_UPDATES_PER_DAY,
  STRICT_SETTINGS,
} from '../protocol/vocabulary/index.ts';
import type { Settings } from '../protocol/vocabulary/index.ts';
import { type FlippedReadings, flippedReadings } from './flipped-readings.ts';
import { once } from './runtime/once.ts';
import { controlTokenField } from './harness/control-token.ts';
import { refuseOpaque } from './input-issues.ts';
import { isLoopbackHost } from './http/loopback.ts';
import { newSecret } from './runtime/secret.ts';

/** The readings, one field each. Without a value a field takes the preset of `mode`; see `DEFAULT_SETTINGS`. */
export const settingsSchema = z.strictObject({
  body: z
    .enum(['raw', 'form'])
    .describe('How a batch body is read: raw text, or a form parameter decoded before it is split.'),
  rejectionStatus: z.literal([200, 400]).describe('HTTP status of a batch that is refused in-band (success=false).'),
  unknownClients: z.enum(['create', 'refuse']).describe('What happens to a client code that nobody has used yet.'),
  clientMismatch: z
    .enum(['refuse', 'path-wins', 'host-wins'])
    .describe("What happens when X.tt.omtrdc.net is asked for another client's path."),
  byteOrderMark: z.enum(['tolerate', 'refuse']).describe('What happens to a byte order mark before batch=.'),
  surplusCells: z.enum(['ignore', 'fail']).describe("What happens to cells beyond the header row's columns."),
  locationHint: z.enum(['same-profile', 'part-of-id']).describe('Whether the pcIds X and X.28_20 are one profile.'),
  statusShape: z
    .enum(['current', '2020', '2017', 'tt'])
    .describe('The shape of status replies, by the date of the document.'),
  consecutiveV2: z
    .enum(['replace-pending', 'last-write-wins', 'replace-record'])
    .describe('What a second v2 batch does to the attributes of the first, without an mbox call in between.'),
  illegalIds: z
    .enum(['fail', 'accept'])
    .describe("What happens to a row whose thirdPartyId is too long or holds '+' or '/'."),
  rateLimit: z
    .enum(['off', 'submissions', 'submissions-and-status'])
    .describe('What the limit of 50 calls a minute and client counts.'),
  authentication: z
    .enum(['off', 'optional', 'required'])
    .describe('Whether submissions, statuses, updates and fetches need a token; optional judges one where it is sent.'),
  sizeLimit: z
    .enum(['50-mib', '50-mb'])
    .describe('What a batch file must be smaller than: 50 MiB (52,428,800 bytes) or 50 MB (50,000,000).'),
  linkHost: z.enum(['own', 'edge']).describe("Whose name the status link carries: this emulator's, or an edge's."),
  customerIds: z
    .enum(['third-party-id', 'ignore'])
    .describe('Whether the first authenticated customer id of a Delivery call stands as its thirdPartyId.'),
  edgeHost: z
    .enum(['own', 'edge'])
    .describe(
      'What Delivery replies name as edgeHost: no edge, so that SDKs stay here, or one, with hints in new tntIds.',
    ),
  empties: z
    .enum(['missing', 'quotes', 'words'])
    .describe('What is an empty cell: a missing one; "" too; or also null, NULL, undefined and encoded blanks.'),
  ignoredRows: z
    .enum(['uncounted', 'as-updated'])
    .describe('Whether rows without any value are in no counter of a status reply, or in successfulUpdates.'),
  contentTypes: z
    .enum(['any', 'form'])
    .describe('What a batch may be sent as: any content type, or application/x-www-form-urlencoded alone.'),
  rateKey: z.enum(['client', 'sender']).describe('Whose calls count together: those of a client code or of a sender.'),
  systemAttributes: z
    .enum(['hidden', 'shown'])
    .describe('Whether a visitor that a call creates has the system attribute firstSessionStart, which a fetch shows.'),
  sessionWrites: z
    .enum(['at-once', 'after-30-minutes'])
    .describe('When the store has what a Delivery or mbox call writes: at once, or 30 minutes after the last call.'),
  lifetimeRestartsOn: z.enum(['any-write', 'visits']).describe("What restarts a profile's lifetime."),
  attributeRows: z
    .enum(['fail-file', 'skip-row'])
    .describe('What a row of customer attributes gets that breaks a rule: its file fails, or the row is left out.'),
  attributeFiles: z
    .enum(['at-once', 'half-hourly'])
    .describe('When a file of customer attributes is taken: at once, or a minute later and one in half an hour.'),
  attributesArrive: z
    .enum(['at-once', 'after-20-minutes'])
    .describe('When customer attributes reach a visitor who comes for the first time.'),
  attributesInFetch: z.enum(['hidden', 'shown']).describe('Whether a fetch shows customer attributes, as crs.*.'),
  attributeTokens: z
    .enum(['off', 'on'])
    .describe('Whether Delivery replies carry customer attributes as response tokens.'),
  singleUpdatesPerDay: z
    .int()
    .min(1)
    .max(SINGLE_UPDATES_PER_DAY)
    .describe('Single updates that a client code may make in 24 hours; beyond it 503.'),
  profileLifetimeDays: z
    .int()
    .min(1)
    .max(PROFILE_LIFETIME_DAYS_MAX)
    .describe('Days without activity after which a profile is gone.'),
});

/** A name or an address, with a port or without. */
const HOST = /^(?:\[[\da-f:.]+\]|[\da-f]*:[\da-f:.]+|[\w-]+(?:\.[\w-]+)*\.?)(?::\d{1,5})?$/i;
const ORG_AND_CLIENT = /^[^\s=,]{1,128}=[A-Za-z0-9_-]{1,64}$/;

/** Options of `createEmulator` and `startEmulator`: any subset of the fields; unknown fields are refused. */
export const emulatorOptionsSchema = z.strictObject({
  host: z.string().min(1).default('127.0.0.1').describe('Address to listen on.'),
  port: z.int().min(0).max(65_535).default(0).describe('Port to listen on; 0 takes a free one.'),
  allowHost: z
    .array(z.string().regex(HOST, 'Must be host names, each in full: no pattern, no network, no address with a path'))
    .default([])
    .describe('More host names to serve, besides loopback names and *.tt.omtrdc.net; separated by commas.'),
  org: z
    .array(z.string().regex(ORG_AND_CLIENT, 'Must be an organisation id, =, and a client code: 0123ABC@AdobeOrg=demo'))
    .default([])
    .describe(
      'Which client code an IMS organisation id stands for in Delivery calls, as ORG=CLIENT; separated by commas.',
    ),
  controlToken: controlTokenField,
  tlsPort: z
    .int()
    .min(0)
    .max(65_535)
    .optional()
    .describe('Port for https, with HTTP/1.1 and HTTP/2; 0 takes a free one, none is the default. See tpe ca --how.'),
  sftpPort: z
    .int()
    .min(0)
    .max(65_535)
    .optional()
    .describe(
      'Port for SFTP, where sources of customer attributes have their accounts; 0 takes a free one, none is the default.',
    ),
  tlsCert: z.string().min(1).optional().describe('File of a certificate of your own (PEM), in place of a local CA.'),
  tlsKey: z.string().min(1).optional().describe('File of its private key (PEM).'),
  trustProxy: z
    .boolean()
    .default(false)
    .describe('Believe Forwarded and X-Forwarded-Proto/-Host: only where a proxy stands in front of every sender.'),
  data: z.string().min(1).optional().describe('Directory for the data; without one everything stays in memory.'),
  pace: z
    .enum(['immediate', 'realistic', 'manual'])
    .default('immediate')
    .describe(
      'When a batch or a single update is applied: at once; after 2 s (5 min of a virtual clock) and with at least one status of incomplete; or only when released through the control API.',
    ),
  queueBatchesMax: z
    .int()
    .min(1)
    .default(BACKLOG_MAX.batches)
    .describe('Batches that may wait to be applied; with so many, a submission is refused with 503.'),
  seed: z.int().min(0).max(4_294_967_295).default(1).describe('Seed of everything drawn by chance.'),
  clock: z
    .enum(['real', 'virtual'])
    .default('real')
    .describe("The machine's clock, or one that stands still until told."),
  mode: z
    .enum(['lenient', 'strict'])
    .default('lenient')
    .describe(
      'Preset: strict refuses unknown clients, byte order marks and files of 50,000,000 bytes, and limits the calls a minute.',
    ),
  journal: z
    .enum(['on', 'off'])
    .default('on')
    .describe('Whether requests are written down, for queries and verification: in the data directory, or in memory.'),
  journalValues: z
    .boolean()
    .default(false)
    .describe(
      "Whether values and ids in a request's path and query are written down as well; they may be personal data.",
    ),
  ...settingsSchema.partial().shape,
});

/** What a caller may pass: every field is optional. */
export type EmulatorOptions = z.input<typeof emulatorOptionsSchema>;

/** The same with every default filled in, and the readings apart. */
export interface ResolvedOptions extends Omit<z.output<typeof emulatorOptionsSchema>, keyof Settings> {
  /** For client codes that have no settings of their own. */
  readonly settings: Settings;
  /** Where `tpe flip` runs the process: it is told of readings that a test changes afterwards. */
  readonly flipped: FlippedReadings | undefined;
}

/**
 * Checks and completes; throws a `ZodError` that names each wrong field. What the options say of a reading counts before
 * what `tpe flip` wants of it.
 *
 * @example
 * resolveOptions({ mode: 'strict' }).settings.rateLimit; // 'submissions'
 */
export function resolveOptions(
  options: EmulatorOptions = {},
  flipped: FlippedReadings | undefined = flippedReadings(process.env),
): ResolvedOptions {
  refuseOpaque(options);
  const { controlToken, ...given } = emulatorOptionsSchema.parse(options, READ_ONCE);
  const { host, port, allowHost, tlsPort, sftpPort, tlsCert, tlsKey, trustProxy, org, data, pace, ...others } = given;
  const { queueBatchesMax, seed, clock, mode, journal, journalValues, ...readings } = others;
  // Where others can come in, whoever knows no secret stays out.
  const token = controlToken ?? (isLoopbackHost(host) ? undefined : newSecret());
  const listening = { host, port, allowHost, tlsPort, sftpPort, tlsCert, tlsKey, trustProxy, controlToken: token };
  const preset = mode === 'strict' ? STRICT_SETTINGS : DEFAULT_SETTINGS;
  flipped?.fixed(Object.keys(readings).filter((name) => readings[name as keyof Settings] !== undefined));
  const settings = mergeSettings(flipped === undefined ? preset : mergeSettings(preset, settingsOf(flipped)), readings);
  const running = { org, data, pace, queueBatchesMax, seed, clock, mode, journal, journalValues };
  return { ...listening, ...running, settings, flipped };
}

/** Once for each emulator: compiling a parser for them takes longer than reading them without. */
const READ_ONCE = { jitless: true } as const;

/** `base` with every reading that `changes` names. */
export function mergeSettings(base: Settings, changes: GivenSettings): Settings {
  return { ...base, ...Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)) };
}

/** Any subset of the readings, as the control API takes it. */
export const partialSettingsSchema = once(() => settingsSchema.partial());
export type GivenSettings = z.output<ReturnType<typeof partialSettingsSchema>>;

/** Throws a `ZodError` where `TPE_FLIP` names no reading, or no value of it. */
function settingsOf({ readings }: FlippedReadings): GivenSettings {
  const texts = Object.entries(readings);
  return partialSettingsSchema().parse(
    Object.fromEntries(texts.map(([name, text]) => [name, NUMBERED.has(name) ? Number(text) : text])),
  );
}

const NUMBERED: ReadonlySet<string> = new Set([
  'rejectionStatus',
  'singleUpdatesPerDay',
  'profileLifetimeDays',
] satisfies (keyof Settings)[]);

/** Options of `tpe serve`: the same, with a directory by default, a fixed port, and what only a command line needs. */
export const serveOptionsSchema = emulatorOptionsSchema.extend({
  port: emulatorOptionsSchema.shape.port
    .removeDefault()
    .default(8181)
    .describe('Port to listen on; 0 takes a free one.'),
  data: z.string().min(1).default('.tpe').describe('Directory for the data.'),
  memory: z.boolean().default(false).describe('Keep everything in memory instead of in the data directory.'),
  pace: emulatorOptionsSchema.shape.pace
    .removeDefault()
    .default('realistic')
    .describe(emulatorOptionsSchema.shape.pace.description ?? ''),
  log: z.enum(['text', 'json']).default('text').describe('How a log is written: lines, or a JSON object each.'),
  profiles: z.string().min(1).optional().describe('NDJSON file of profiles to start with, one object a line.'),
  faults: z
    .string()
    .min(1)
    .optional()
    .describe('Faults for all client codes, a JSON file or the JSON itself; see docs/faults.md.'),
  watchAttributes: z
    .string()
    .min(1)
    .optional()
    .describe('Folder to take files of customer attributes from, for tests: CLIENT.ALIAS/crm.csv, then crm.fin.'),
});

/** Options of `tpe exec`: a free port and nothing kept, since the emulator lives no longer than the command it serves. */
export const execOptionsSchema = emulatorOptionsSchema.extend({
  profiles: serveOptionsSchema.shape.profiles,
  faults: serveOptionsSchema.shape.faults,
  asProxy: z
    .boolean()
    .default(false)
    .describe('Be the proxy of the command: it lands here whatever Adobe host it asks, by http and https.'),
});

export type ExecOptions = z.output<typeof execOptionsSchema>;

export type ServeOptions = z.output<typeof serveOptionsSchema>;

/**
 * From the command's options to the emulator's: `memory`, `log`, `profiles`, `faults` and `watchAttributes` are for the command.
 *
 * @example
 * const emulator = await startEmulator(emulatorOptionsOf(serveOptionsSchema.parse({ memory: true })));
 */
export function emulatorOptionsOf(options: ServeOptions): EmulatorOptions {
  const { memory, profiles: _, faults: __, log: ___, watchAttributes: ____, data, ...shared } = options;
  return memory ? shared : { ...shared, data };
}
