/** What a caller passes beside the options of an upload, judged where it comes in: signal, network, time, chance, places. */
import { z } from 'zod';
import type { RunOptions } from './progress.ts';
import { SETTINGS, type Settings } from '../protocol/vocabulary/index.ts';
import { readOptionsBy, uploadOptionsSchema } from './upload-options.ts';

const text = z.string().min(1);

/** Known by what is asked of it, of whatever realm or class it is. */
const having = (what: string, ...methods: readonly string[]) =>
  z.custom<object>((given) => methods.every((name) => typeof Object(given)[name] === 'function'), `must be ${what}`);
const aFunction = having('a function', 'call');
const signal = having('an AbortSignal', 'addEventListener', 'throwIfAborted').nullish();

const run = { signal, onProgress: aFunction.optional() };
const clock = having('a clock: { now, sleep }', 'now', 'sleep').optional();
const random = having('chance: { next }', 'next').optional();
const network = { transport: aFunction.optional(), clock, random };
const place = { state: text.optional(), keepDays: z.number().min(0).optional(), jobs: z.object({}).optional() };
/** Infinity is one. */
const amount = z.custom<number>(
  (given) => Number(given) >= 0 && typeof given === 'number',
  'must be a number from 0 on',
);
const { wait, deadlineMs, callTimeoutMs, proxy, ca, allowHosts, token } = uploadOptionsSchema.shape;
const calls = { wait, callTimeoutMs, proxy, ca, allowHosts, token };
const following = { wait, deadlineMs, clock, ...place };

const isIterable = (given: unknown, way: symbol) => typeof Object(given)[way] === 'function';

const SCHEMAS = {
  run: z.strictObject(run),
  resumeRun: z.strictObject({ ...run, source: z.unknown().optional() }),
  /** Those of an uploader, beside its options. */
  dependencies: z.object({ ...network, ...place, temporaryDirectory: z.string().optional() }),
  link: z.strictObject({ link: z.string() }),
  follow: z.strictObject({
    ...run,
    ...network,
    ...calls,
    deadlineMs: amount.optional(),
    callsPerMinute: amount.optional(),
    endpoint: z.union([z.string(), having('a URL', 'toJSON')]).optional(),
    client: text.optional(),
  }),
  attributes: z.object({
    place: z.strictObject({
      url: having('a URL', 'toJSON'),
      password: z.string(),
      knownHosts: z.string(),
    }),
    ...following,
  }),
  resumeAttributes: z.strictObject({ password: z.string(), knownHosts: z.string().optional(), ...following }),
  events: z.strictObject({ start: aFunction, signal }),
  jobsFolder: z.strictObject({ path: text, clock, random, database: z.literal(':memory:').optional() }),
  batchFile: z.strictObject({
    chunks: z.custom<object>(
      (given) =>
        Object(given) === given && (isIterable(given, Symbol.asyncIterator) || isIterable(given, Symbol.iterator)),
      'must be a stream, or a list of bytes or texts',
    ),
    signal,
  }),
};

/** @throws `options-invalid` that names each one that is wrong */
export function assertCall(kind: keyof typeof SCHEMAS, given: unknown): void {
  readOptionsBy(SCHEMAS[kind], given);
}

export function readRun(given: RunOptions): RunOptions {
  assertCall('run', given);
  return given;
}

/** Made when somebody judges a batch file: whoever uploads need not wait for it. */
let settingsSchema: z.ZodType | undefined;

/** The readings to judge a file by; those left out are the defaults. @throws `options-invalid` */
export function readSettings(given: Partial<Settings>): Settings {
  settingsSchema ??= z.strictObject(
    Object.fromEntries(
      Object.entries(SETTINGS).map(([name, reading]) => {
        const judged = 'values' in reading ? z.literal([...reading.values]) : z.int().min(1).max(reading.max);
        return [name, (judged as z.ZodType).default(reading.fallback)];
      }),
    ),
  );
  return readOptionsBy(settingsSchema, given) as Settings;
}
