/** What somebody expects to have been asked, and whether it was. */
import { z } from 'zod';
import { RULE_IDS } from '../../protocol/vocabulary/index.ts';
import { OPERATIONS } from '../faults/fault.ts';
import { faultSetSchema } from '../faults/fault-set.ts';
import { clientCode } from '../harness/judged-fields.ts';
import { once } from '../runtime/once.ts';
import type { Journal, JournalEntry } from '../store/journal-entries.ts';

/** Longer paths are cut in the journal. */
const PATH_CHARS_MAX = 2_048;

/** One word of `x-emulator-cause`: a rule that there is, a fault, or what is ours. */
const causes = once(
  () =>
    new Set<string>([
      ...RULE_IDS.map((rule) => `rule/${rule}`),
      ...Object.keys(faultSetSchema.shape).map((fault) => `fault/${fault}`),
      'emulator/not-emulated',
    ]),
);
const isCause = (text: string) => text.split(', ').every((cause) => causes().has(cause) || /^bug\/\d+$/.test(cause));

/** All of these must hold of an entry. What no entry can have is refused: "none" would be true of it, by mistake. */
export const journalFilterShape = once(() => ({
  client: clientCode().optional(),
  operation: z.enum([...OPERATIONS, 'token', 'attributes']).optional(),
  method: z
    .string()
    .regex(/^[A-Za-z-]{1,32}$/, 'Must be a method, such as POST')
    .optional(),
  path: z
    .string()
    .max(PATH_CHARS_MAX)
    .regex(/^\*?\/[^?#\s"<>`{}\u0080-\uFFFF]*$/, 'Must begin with a slash, be percent-encoded, and have no query')
    .optional()
    .describe('The path without its query; * stands for any text without a slash.'),
  cause: z
    .string()
    .refine(isCause, 'Must be a cause that there is, such as rule/<id> or fault/<name>')
    .optional()
    .describe("The reply's x-emulator-cause: rule/<id> or fault/<name>."),
  batchId: z.string().min(1).optional(),
  content: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'Must be a sha-256: 64 digits, 0 to 9 and a to f')
    .optional()
    .describe('sha-256 of the body, of its first 65,536 bytes where it is longer.'),
  fault: faultSetSchema.keyof().optional().describe('A fault that fired on it.'),
}));

const countSchema = () => z.int().min(0);
const boundsSchema = () =>
  z
    .strictObject({ atLeast: countSchema().optional(), atMost: countSchema().optional() })
    .refine(({ atLeast = 0, atMost = Infinity }) => atLeast <= atMost, { error: 'No number is within these bounds' });

export const expectationSchema = once(() =>
  z.strictObject({
    ...journalFilterShape(),
    status: z.int().min(100).max(599).optional(),
    times: z
      .union([countSchema(), boundsSchema()])
      .default({ atLeast: 1 })
      .describe('How many such requests: exactly, or within bounds. At least one unless told.'),
  }),
);

export type Expectation = z.input<ReturnType<typeof expectationSchema>>;

export type VerificationErrorCode = 'not-verified' | 'evicted' | 'journal-off';

/**
 * What `journal.verify` throws: the expectation did not hold, or nobody can tell any more. `code` tells "it did not happen"
 * from "what would show it is gone"; `count` is how many there were, `seen` what was seen instead, oldest first.
 *
 * @example
 * try {
 *   emulator.journal.verify({ operation: 'submit', times: 1 });
 * } catch (error) {
 *   if (error instanceof VerificationError) console.log(error.code, error.seen);
 * }
 */
export class VerificationError extends Error {
  override readonly name = 'VerificationError';
  readonly code: VerificationErrorCode;
  readonly count: number | undefined;
  readonly seen: readonly JournalEntry[];
  constructor(code: VerificationErrorCode, message: string, count?: number, seen: readonly JournalEntry[] = []) {
    super(message);
    this.code = code;
    this.count = count;
    this.seen = seen;
  }
}

/** Entries shown of what was seen instead. */
const SEEN_MAX = 10;

/** How many there are, where they are as many as expected. Throws a `VerificationError`. */
export function verified(
  journal: Journal | undefined,
  { times, ...filter }: z.output<ReturnType<typeof expectationSchema>>,
): number {
  if (journal === undefined)
    throw new VerificationError('journal-off', 'nothing can be verified: the emulator was started with --journal off.');
  const { atLeast = 0, atMost = Infinity } = typeof times === 'number' ? { atLeast: times, atMost: times } : times;
  const { count, evicted } = journal.count({ ...filter, kind: 'request' });
  const isSettled = evicted === 0 || atMost === Infinity;
  if (count >= atLeast && count <= atMost && isSettled) return count;

  /** What came instead: the latest requests of the same client code, or of all. */
  const seen = journal.latest({ kind: 'request', client: filter.client }, SEEN_MAX);
  const wanted = `${timesText(atLeast, atMost)} of ${describe(filter)}`;
  const found = `expected ${wanted}, found ${count}`;
  // More than too many is too many, whatever is gone.
  if (evicted > 0 && count <= atMost) {
    const message = `${found}, but ${evicted} entries that might count are gone from the journal, evicted or never written: nobody can tell.`;
    throw new VerificationError('evicted', message, count, seen);
  }
  const instead = seen.length === 0 ? 'Nothing else was seen.' : `Seen last: ${seen.map(line).join('; ')}.`;
  throw new VerificationError('not-verified', `${found}. ${instead}`, count, seen);
}

function timesText(atLeast: number, atMost: number): string {
  if (atLeast === atMost) return `exactly ${atLeast}`;
  if (atMost === Infinity) return `at least ${atLeast}`;
  return `${atLeast} to ${atMost}`;
}

function describe(filter: object): string {
  const parts = Object.entries(filter).flatMap(([name, value]) =>
    value === undefined ? [] : `${name} ${String(value)}`,
  );
  return parts.length === 0 ? 'any request' : `requests with ${parts.join(', ')}`;
}

function line(entry: JournalEntry): string {
  if (entry.kind === 'fault') return `fault ${entry.fault}`;
  const { method, path, status, cause } = entry;
  return `${method} ${path} ${status ?? 'cut'}${cause === undefined ? '' : ` (${cause})`}`;
}
