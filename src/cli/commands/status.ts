/** `tpe status`: asks a status link how far a batch is, once or until it ends. */
import { z } from 'zod';
import { followLink, type FollowOutcome, uploadOptionsSchema } from '../../client/index.ts';
import { defined } from '../../server/harness/as-json.ts';
import { defineCommand } from '../define-command.ts';
import { EXIT_CODES, type ExitReason, wrongUsage } from '../problem.ts';
import { fieldsOf } from '../schema-fields.ts';
import { linesText, printable } from '../printable.ts';
import { progressDisplay } from '../progress-display.ts';

const statusOptionsSchema = z.strictObject({
  ...uploadOptionsSchema.pick({
    deadlineMs: true,
    callsPerMinute: true,
    callTimeoutMs: true,
    allowHosts: true,
    proxy: true,
    ca: true,
  }).shape,
  wait: z.boolean().default(false).describe('Goes on asking until the batch is complete or stuck.'),
  endpoint: z
    .string()
    .optional()
    .describe('Where the batch was sent: the link is followed, with the token, if it leads there.'),
});
const FIELDS = fieldsOf(statusOptionsSchema, (name) => name !== 'wait');

export const statusCommand = defineCommand({
  name: 'status',
  description: 'ask a status link how far a batch is',
  words: [['<link>', 'the link that the submission was answered with, in quotes']],
  schema: statusOptionsSchema,
  fields: FIELDS,
  help: `
Exits 0 when complete, 4 when complete with rows rejected or not found, 5 when
not complete yet, 6 when stuck.

Examples:
  tpe status 'http://127.0.0.1:8181/m2/demo/profile/batchStatus?batchId=ID'
  tpe status "$LINK" --wait --deadline-ms 3600000 --json`,
  async does({ options, again, words: [link = ''], tell }, context) {
    if (!/^https?:\/\/./.test(link)) throw noLink(link);
    const { token } = context.environment;
    const display = await progressDisplay(context);
    const onProgress = options.wait ? display.show : undefined;
    const given = defined({ ...options, token, onProgress, signal: context.signal });
    const outcome = await followLink(link, given).finally(display.stop);
    const reason = reasonOf(outcome);
    // Whom to trust is said again: without it the token would go wherever the link leads.
    const next = HELPED_BY_ASKING.has(reason) ? again({ wait: true }) : undefined;
    tell({ ...outcome, next, exitCode: EXIT_CODES[reason] }, () => outcomeText(outcome, next));
    return EXIT_CODES[reason];
  },
});

/** Where a batch id was typed, or an unquoted link that the shell cut at its first `&`. */
function noLink(text: string) {
  const message = `${JSON.stringify(text)} is no status link: give the whole address that the submission was answered with, in quotes`;
  return wrongUsage('tpe status', message, 'bad-link');
}

const HELPED_BY_ASKING: ReadonlySet<ExitReason> = new Set(['temporary', 'stuck', 'interrupted']);

function reasonOf({ kind, reading, error }: FollowOutcome): ExitReason {
  const isFinal = error?.retryable === false;
  if (kind === 'interrupted' || kind === 'refused' || kind === 'stuck') return kind;
  if (kind === 'timed-out') return isFinal ? 'refused' : 'stuck';
  if (reading === undefined) return isFinal ? 'refused' : 'temporary';
  if (reading.status === 'stuck') return 'stuck';
  if (reading.status === 'incomplete') return 'temporary';
  return (reading.profilesNotFound ?? 0) + (reading.failedUpdates ?? 0) > 0 ? 'rowsRejected' : 'done';
}

function outcomeText({ reading, error, kind }: FollowOutcome, next: string | undefined): string {
  const counters = COUNTERS.map((name) => reading?.[name] !== undefined && `  ${name.padEnd(18)} ${reading[name]}`);
  return linesText(
    reading && `${printable(reading.batchId)}: ${reading.status}`,
    counters,
    error !== undefined
      ? printable(error.message)
      : kind === 'timed-out' && 'The deadline passed before the batch was complete.',
    next && `Next: ${next}`,
  );
}

const COUNTERS = ['batchSize', 'consumedCount', 'successfulUpdates', 'profilesNotFound', 'failedUpdates'] as const;
