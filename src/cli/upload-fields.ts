/** The options of `tpe upload` as fields; its document is written from the same list. */
import { z } from 'zod';
import { inputOptionsSchema, uploadOptionsSchema } from '../client/index.ts';
import { fieldsOf, type Field, withoutDefaults } from './schema-fields.ts';
import { judgedJson, readNamedFile } from './named-file.ts';

const named = z.string().min(1).optional();

/** Where jobs are remembered: of every command that has to do with them. */
export const stateOptionsSchema = z.strictObject({
  state: named.describe(
    'Folder that remembers jobs; off remembers nothing. Default: $XDG_STATE_HOME/tpe or ~/.local/state/tpe.',
  ),
  keepDays: z
    .number()
    .min(0)
    .max(365)
    .default(7)
    .describe('Days after which the rows of a job that nobody resumes are taken away, at the next command.'),
});

/** What the command alone decides: how it is told, what its exit code says, whose options hold. */
const commandOptionsSchema = z.strictObject({
  ...stateOptionsSchema.shape,
  account: named.describe('Account of tpe.config.json whose options hold where no flag speaks.'),
  as: z
    .enum(['bulk', 'customer-attributes'])
    .default('bulk')
    .describe('By which way: the bulk API, or as a file of customer attributes by SFTP.'),
  sftp: z
    .string()
    .regex(/^sftp:\/\/[^\s:@/]+@[^\s@/]+\/?$/, 'must be sftp://USER@HOST:PORT')
    .optional()
    .describe('SFTP account of the source of customer attributes; its password comes from TPE_SFTP_PASSWORD.'),
  sftpKnownHosts: named.describe(
    'File of the host keys that are trusted, as OpenSSH writes it; tpe serve prints its line.',
  ),
  log: z.enum(['text', 'json']).default('text').describe('How a log is written: lines, or a JSON object each.'),
  notFoundOk: z.boolean().default(false).describe('Rows that v1 did not find are no reason for exit code 4.'),
  problemsMax: z
    .string()
    .regex(/^\d{1,9}(?:\.\d{1,6})?%?$/, 'must be a number of rows, or a share such as 0.1%')
    .default('0')
    .describe('Rows left out, rejected or unaccounted for that are no reason yet for exit code 4.'),
});

/** The token is not among them: it comes from TPE_TOKEN or an account alone. */
const senderSchema = uploadOptionsSchema.omit({ token: true });

export const uploadCommandSchema = z.strictObject({ ...senderSchema.shape, ...commandOptionsSchema.shape });
/** A dry run asks nobody, so it need not know whom. */
export const dryRunSchema = uploadCommandSchema.partial({ endpoint: true, client: true });
export const resumeCommandSchema = z.strictObject({
  ...withoutDefaults(senderSchema).shape,
  ...commandOptionsSchema.shape,
});

/** The options about the input as JSON, where a command line would be too long or a name too odd. */
const mapSchema = z.strictObject({
  map: z
    .string()
    .optional()
    .describe('JSON file with options about the input, such as {"rename":{"a, b":"ab"}}; flags win.'),
});
export const MAP_FIELDS = fieldsOf(mapSchema, () => true);

/** What confirms or chooses something for one run is said where it is meant. */
const SAID_EACH_TIME: ReadonlySet<string> = new Set(['as', 'production', 'clientDiffers', 'onlyPart', 'rollBack']);

export const UPLOAD_FIELDS: readonly Field[] = [
  ...fieldsOf(uploadCommandSchema, (name) => !SAID_EACH_TIME.has(name)),
  ...MAP_FIELDS,
];
/** What is no part of a job. */
export const COMMAND_FIELDS: readonly Field[] = UPLOAD_FIELDS.filter(({ name }) => name in commandOptionsSchema.shape);
export const STATE_FIELDS: readonly Field[] = fieldsOf(stateOptionsSchema, () => true);
/** Those about the input, which `check` and `compare` have too. */
export const INPUT_FIELDS: readonly Field[] = [...fieldsOf(inputOptionsSchema, () => true), ...MAP_FIELDS];

export type CommandOptions = z.output<typeof commandOptionsSchema>;

/** Options for the uploader, apart from those of the command. */
export function senderOptions<Options extends object>(options: Options): Omit<Options, keyof CommandOptions> {
  const entries = Object.entries(options).filter(
    ([name, value]) => !(name in commandOptionsSchema.shape) && value !== undefined,
  );
  return Object.fromEntries(entries) as Omit<Options, keyof CommandOptions>;
}

/** Takes `map` out of what was given, and puts in what the file says, without defaults, and nothing else does. */
export async function withMappingFile(given: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>> {
  const { map, ...rest } = given;
  if (typeof map !== 'string') return rest;
  const file = judgedJson(map, await readNamedFile(map), inputOptionsSchema, 'bad-option').given;
  return { ...(file as object), ...rest };
}
