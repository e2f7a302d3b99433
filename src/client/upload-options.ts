/** The uploader's options: one strict schema with every default and description; flags, help and types derive from it. */
import { z } from 'zod';
import { ourClientCode } from '../protocol/rules/routing.ts';
import { BATCH_FILE_BYTES_LIMIT, BATCH_ROWS_MAX, DAY_MS } from '../protocol/vocabulary/index.ts';
import { UploadError } from './upload-error.ts';

const text = z.string().min(1);
const names = z.array(z.string()).default([]);
const flag = z.boolean().default(false);
const count = (min: number, max: number = Number.MAX_SAFE_INTEGER) => z.number().int().min(min).max(max);

/** Said twice: Zod tells what the one branch says that takes the type, else what the union says. */
const DELIMITER = 'must be auto, or one character, no quote or line break';

/** How an input is read and mapped, and nothing about where it goes. */
export const inputOptionsSchema = z.strictObject({
  idColumn: text
    .optional()
    .describe('Column that holds the visitor id. Default: the column named thirdPartyId or pcId.'),
  idKind: z
    .enum(['pcId', 'thirdPartyId', 'mbox3rdPartyId'])
    .transform((kind) => (kind === 'mbox3rdPartyId' ? 'thirdPartyId' : kind))
    .optional()
    .describe(
      'What the id is; mbox3rdPartyId is thirdPartyId. Default: pcId if its column is called so, else thirdPartyId.',
    ),
  rename: z
    .record(z.string(), text)
    .default({})
    .describe('Columns to send under another attribute name: old name to new name.'),
  drop: names.describe('Columns that are not sent; a name with a comma stands in double quotes.'),
  keep: z.array(z.string()).optional().describe('If given, only these columns (and the id) are sent.'),
  idAttribute: text.optional().describe('Attribute that gets the visitor id as its value.'),
  constants: z.record(text, text).default({}).describe('Attributes with the same value in every row: name to value.'),
  trim: flag.describe(
    'Takes blanks and invisible marks off the ends of ids and values; a quote after them opens a quoted cell.',
  ),
  nulls: names.describe('Cells that mean the same as an empty one, such as NULL: they change nothing.'),
  cleared: names.describe(
    'Cells that mean "no longer anything": clearedAs is sent for them, since nothing takes an attribute away.',
  ),
  clearedAs: text.optional().describe('What is sent for the cells of cleared, such as none.'),
  flatten: flag.describe('JSON: nested objects become columns by their path, such as address.city.'),
  format: z
    .enum(['csv', 'tsv', 'ndjson', 'json', 'batch', 'auto'])
    .default('auto')
    .describe('Format of the input; auto looks at its first character, and at the name for TSV.'),
  encoding: text
    .default('auto')
    .describe('What the input is encoded in, such as windows-1252; auto is UTF-8, or what a byte order mark says.'),
  delimiter: z
    .union([z.literal('auto'), z.string().regex(/^[^"\r\n\uFEFF]$/u, DELIMITER)], DELIMITER)
    .default('auto')
    .describe('What separates the cells of a CSV; auto looks at its first lines.'),
  onProblem: z
    .enum(['stop', 'skip'])
    .default('stop')
    .describe('A row with a problem: stop sends nothing at all, skip leaves the row out and reports it.'),
  problemsShown: count(1, 100_000).default(100).describe('Problems listed one by one; all are counted.'),
  strict: flag.describe('Whether warnings are problems: then nothing is sent.'),
});

/** What a caller may write. */
export type InputOptions = z.input<typeof inputOptionsSchema>;

/** The same, complete. */
export type CompleteInputOptions = z.output<typeof inputOptionsSchema>;

const partText = z.string().regex(/^[1-9]\d{0,5}$/);

/** Milliseconds, or a text such as `90s`, `15m` or `2h`. */
const duration = z.union(
  [
    count(0, 7 * DAY_MS),
    z
      .string()
      .regex(/^\d{1,6}(?:ms|s|m|h)$/)
      .transform((given) => Number.parseInt(given, 10) * UNIT_MS[given.replace(/^\d+/, '') as keyof typeof UNIT_MS]),
  ],
  'must be a number with ms, s, m or h, such as 15m',
);
const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** How a job is sent, followed and told of: nothing of what is sent depends on it, and a resume may change it. */
export const runOptionsSchema = z.strictObject({
  onlyPart: z
    .array(z.union([count(1), partText.transform(Number)], 'must be the number of a part'))
    .default([])
    .describe('Parts to send and follow; the others wait.'),
  onOverlap: z
    .enum(['wait', 'send'])
    .default('wait')
    .describe(
      'Ids that an earlier v2 upload of this account is still writing (v2-override-caveat): wait for its end, or send at once.',
    ),
  rollBack: flag.describe(
    'Resumes although a later upload has written the same ids since: its values are overwritten.',
  ),
  callsPerMinute: count(1)
    .optional()
    .describe(
      'Calls a minute, a fifth of them for status requests. Default: 50 on real Adobe hosts, unlimited elsewhere.',
    ),
  outageMax: duration
    .optional()
    .describe(
      'How long the service may be out before the upload gives up: 90s, 15m, 2h. Default: 1h on real Adobe hosts, 15s elsewhere.',
    ),
  callTimeoutMs: count(1).default(300_000).describe('How long one call may take, in milliseconds.'),
  wait: z.boolean().default(true).describe('Whether to wait until the service has processed every part.'),
  deadlineMs: count(1, 7 * DAY_MS)
    .optional()
    .describe(
      'How long to wait for a part, in milliseconds. Default: 24 hours on real Adobe hosts, 10 minutes elsewhere.',
    ),
  allowHosts: z
    .array(text)
    .default([])
    .describe('Hosts (name or name:port) a status link may point to, besides the endpoint.'),
  proxy: z
    .string()
    .regex(/^https?:\/\/[^\s/]+\/?$/, 'must be http://host:port or https://host:port')
    .optional()
    .describe('Proxy for every call. Default: HTTPS_PROXY, HTTP_PROXY and NO_PROXY.'),
  ca: text
    .optional()
    .describe('File of certificates (PEM) to trust besides those known; NODE_EXTRA_CA_CERTS works too.'),
  verify: count(0, 1000).default(0).describe('Profiles to fetch afterwards and compare with what was sent.'),
  outcomes: text.optional().describe('Directory for files of problem rows, failed ids and rows that stay unsettled.'),
});

export const uploadOptionsSchema = z.strictObject({
  endpoint: z.string().describe('Where to send: scheme and host, such as http://127.0.0.1:8181. There is no default.'),
  client: z
    .string()
    .refine((code) => typeof ourClientCode.decide(code) === 'string', 'must be 1 to 64 letters, digits, "_" or "-"')
    .describe("The account's client code."),
  api: z.enum(['v1', 'v2']).default('v2').describe('v1 updates existing profiles only; v2 also creates missing ones.'),
  production: flag.describe('Confirms that a real Adobe host (*.tt.omtrdc.net) is meant.'),
  ...inputOptionsSchema.shape,
  // Below 50,000,000 so that a part is small enough whether MB means 10^6 or 2^20 (our-size-boundary).
  partBytesMax: count(64, BATCH_FILE_BYTES_LIMIT - 1)
    .default(49_000_000)
    .describe('Encoded bytes a part may have.'),
  partRowsMax: count(1, BATCH_ROWS_MAX).default(BATCH_ROWS_MAX).describe('Rows a part may have.'),
  token: z
    .string()
    // What else a header cannot carry, and whoever refuses it there would repeat it in an error.
    .regex(/^[\x21-\x7e]+$/, 'must be visible ASCII characters without blanks and line ends')
    .optional()
    .describe('Bearer token. Never stored or logged.'),
  clientDiffers: flag.describe('Confirms that the client code is meant although the host is that of another one.'),
  ...runOptionsSchema.shape,
});

/** What a caller may write. */
export type UploadOptions = z.input<typeof uploadOptionsSchema>;

/** The same, complete. */
export type CompleteOptions = z.output<typeof uploadOptionsSchema>;

/** Every default, for help texts and tables. */
export const UPLOAD_DEFAULTS: Omit<CompleteOptions, 'endpoint' | 'client'> = (() => {
  const { endpoint: _endpoint, client: _client, ...rest } = uploadOptionsSchema.parse({ endpoint: '-', client: '-' });
  return rest;
})();

/** Options as read from a caller; throws `options-invalid` naming each one that is wrong. */
export function readOptionsBy<Schema extends z.ZodType>(schema: Schema, options: unknown): z.output<Schema> {
  // The schema would take them out without a word.
  const odd = Object.entries(Object(options)).filter(([, value]) => Object.hasOwn(Object(value), '__proto__'));
  if (odd.length > 0) throw UploadError.ofOptions(odd.map(([name]) => `Option ${name}: nothing is called __proto__.`));
  const parsed = schema.safeParse(options);
  if (parsed.success) return parsed.data;
  throw UploadError.ofOptions(
    parsed.error.issues.map((issue) => {
      const name = issue.path.join('.');
      return name === '' ? `Options: ${issue.message}.` : `Option ${name}: ${issue.message}.`;
    }),
  );
}
