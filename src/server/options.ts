/** Every option of the emulator, said once: validation, types, flags, environment names and help all come from here. */
import { z } from 'zod';
import { BACKLOG_MAX } from '../protocol/rules/index.ts';
import { DEFAULT_SETTINGS, SETTINGS, type Settings, STRICT_SETTINGS } from '../protocol/vocabulary/index.ts';
import { type FlippedReadings, flippedReadings } from './flipped-readings.ts';
import { once } from './runtime/once.ts';
import { controlTokenField } from './harness/judged-fields.ts';
import { refuseOpaque } from './input-issues.ts';
import { isLoopbackHost } from './http/loopback.ts';
import { newSecret } from './runtime/secret.ts';

/** The readings, one field each. Without a value a field takes the preset of `mode`; see `SETTINGS`. */
export const settingsSchema = z.strictObject(
  Object.fromEntries(
    Object.entries(SETTINGS).map(([name, reading]) => {
      const judged: z.ZodType = 'values' in reading ? z.literal([...reading.values]) : z.int().min(1).max(reading.max);
      return [name, judged.describe(reading.sentence)];
    }),
  ) as { [Name in keyof Settings]: z.ZodType<Settings[Name], Settings[Name]> },
);

/** A name or an address, with a port or without. */
const HOST = /^(?:\[[\da-f:.]+\]|[\da-f]*:[\da-f:.]+|[\w-]+(?:\.[\w-]+)*\.?)(?::\d{1,5})?$/i;
const ORG_AND_CLIENT = /^[^\s=,]{1,128}=[A-Za-z0-9_-]{1,64}$/;

/** 0 takes a free one. */
const portNumber = z.int().min(0).max(65_535);
const filled = z.string().min(1);
/** The first unless told. */
const choice = <const Value extends string>(values: readonly [Value, ...Value[]], text: string) =>
  z.enum(values).describe(text).default(values[0]);
/** Off unless told. */
const flag = (text: string) => z.boolean().default(false).describe(text);

/** Options of `createEmulator` and `startEmulator`: any subset of the fields; unknown fields are refused. */
export const emulatorOptionsSchema = z.strictObject({
  host: z.string().min(1).default('127.0.0.1').describe('Address to listen on.'),
  port: portNumber.default(0).describe('Port to listen on; 0 takes a free one.'),
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
  tlsPort: portNumber
    .optional()
    .describe('Port for https, with HTTP/1.1 and HTTP/2; 0 takes a free one, none is the default. See tpe ca --how.'),
  sftpPort: portNumber
    .optional()
    .describe(
      'Port for SFTP, where sources of customer attributes have their accounts; 0 takes a free one, none is the default.',
    ),
  tlsCert: filled.optional().describe('File of a certificate of your own (PEM), in place of a local CA.'),
  tlsKey: filled.optional().describe('File of its private key (PEM).'),
  trustProxy: flag(
    'Believe Forwarded and X-Forwarded-Proto/-Host: only where a proxy stands in front of every sender.',
  ),
  data: filled.optional().describe('Directory for the data; without one everything stays in memory.'),
  pace: choice(
    ['immediate', 'realistic', 'manual'],
    'When a batch or a single update is applied: at once; after 2 s (5 min of a virtual clock) and with at least one status of incomplete; or only when released through the control API.',
  ),
  queueBatchesMax: z
    .int()
    .min(1)
    .default(BACKLOG_MAX.batches)
    .describe('Batches that may wait to be applied; with so many, a submission is refused with 503.'),
  seed: z.int().min(0).max(4_294_967_295).default(1).describe('Seed of everything drawn by chance.'),
  clock: choice(['real', 'virtual'], "The machine's clock, or one that stands still until told."),
  mode: choice(
    ['lenient', 'strict'],
    'Preset: strict refuses unknown clients, byte order marks and files of 50,000,000 bytes, and limits the calls a minute.',
  ),
  journal: choice(
    ['on', 'off'],
    'Whether requests are written down, for queries and verification: in the data directory, or in memory.',
  ),
  journalValues: flag(
    "Whether values and ids in a request's path and query are written down as well; they may be personal data.",
  ),
  ...settingsSchema.partial().shape,
});

type GivenOptions = z.output<typeof emulatorOptionsSchema>;

/** What a caller may pass: every field is optional. */
export type EmulatorOptions = z.input<typeof emulatorOptionsSchema>;

/** The same with every default filled in, and the readings apart. */
export interface ResolvedOptions extends Omit<GivenOptions, keyof Settings> {
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
  const given = Object.entries(emulatorOptionsSchema.parse(options, READ_ONCE));
  const isReading = ([name]: readonly [string, unknown]) => name in SETTINGS;
  const running = Object.fromEntries(given.filter((each) => !isReading(each))) as Omit<GivenOptions, keyof Settings>;
  const readings = Object.fromEntries(given.filter((each) => isReading(each) && each[1] !== undefined));
  flipped?.fixed(Object.keys(readings));
  const preset = running.mode === 'strict' ? STRICT_SETTINGS : DEFAULT_SETTINGS;
  // Where others can come in, whoever knows no secret stays out.
  const controlToken = running.controlToken ?? (isLoopbackHost(running.host) ? undefined : newSecret());
  return {
    ...running,
    controlToken,
    settings: { ...preset, ...(flipped && settingsOf(flipped)), ...readings },
    flipped,
  };
}

/** Once for each emulator: compiling a parser for them takes longer than reading them without. */
const READ_ONCE = { jitless: true } as const;

/** Any subset of the readings, as the control API takes it. */
export const partialSettingsSchema = once(() => settingsSchema.partial());
export type GivenSettings = z.output<ReturnType<typeof partialSettingsSchema>>;

/** Throws a `ZodError` where `TPE_FLIP` names no reading, or no value of it. */
function settingsOf({ readings }: FlippedReadings): object {
  const valueOf = (name: string, text: string) =>
    typeof DEFAULT_SETTINGS[name as keyof Settings] === 'number' ? Number(text) : text;
  return partialSettingsSchema().parse(
    Object.fromEntries(Object.entries(readings).map(([name, text]) => [name, valueOf(name, text)])),
  );
}

/** Options of `tpe serve`: the same, with a directory by default, a fixed port, and what only a command line needs. */
export const serveOptionsSchema = emulatorOptionsSchema.extend({
  port: portNumber.default(8181).describe('Port to listen on; 0 takes a free one.'),
  data: filled.default('.tpe').describe('Directory for the data.'),
  memory: flag('Keep everything in memory instead of in the data directory.'),
  pace: emulatorOptionsSchema.shape.pace.removeDefault().default('realistic'),
  log: choice(['text', 'json'], 'How a log is written: lines, or a JSON object each.'),
  profiles: filled.optional().describe('NDJSON file of profiles to start with, one object a line.'),
  faults: filled
    .optional()
    .describe('Faults for all client codes, a JSON file or the JSON itself; see docs/faults.md.'),
  watchAttributes: filled
    .optional()
    .describe('Folder to take files of customer attributes from, for tests: CLIENT.ALIAS/crm.csv, then crm.fin.'),
});

/** Options of `tpe exec`: a free port and nothing kept, since the emulator lives no longer than the command it serves. */
export const execOptionsSchema = emulatorOptionsSchema.extend({
  profiles: serveOptionsSchema.shape.profiles,
  faults: serveOptionsSchema.shape.faults,
  asProxy: flag('Be the proxy of the command: it lands here whatever Adobe host it asks, by http and https.'),
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
