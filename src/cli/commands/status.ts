/** `tpe status`: asks a status link how far a batch is, once or until it ends. */
import { Command } from 'commander';
import { z } from 'zod';
import { followLink, uploadOptionsSchema, type FollowOutcome } from '../../client/index.ts';
import { printJson, type Context, type Run } from '../context.ts';
import { EXIT_CODES, exitCode, type ExitCode, type ExitReason } from '../exit-code.ts';
import { fieldsOf } from '../schema-fields.ts';
import { addOptionFields, checkedOptions, givenOptions } from '../option-flags.ts';
import { printable } from '../printable.ts';
import { commandLine } from '../printed-command.ts';
import { Problem } from '../problem.ts';
import { progressDisplay } from '../progress-display.ts';
import { asTyped } from '../shell-word.ts';
import { unreachable } from '../unreachable.ts';

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

export function statusCommand(run: (run: Run) => Promise<void>): Command {
  const command = new Command('status').description('ask a status link how far a batch is');
  command.argument('<link>', 'the link that the submission was answered with, in quotes');
  command.option('--json', 'print the answer as JSON');
  return addOptionFields(command, FIELDS)
    .addHelpText(
      'after',
      `
Exits 0 when complete, 4 when complete with rows rejected or not found, 5 when
not complete yet, 6 when stuck.

Examples:
  tpe status 'http://127.0.0.1:8181/m2/demo/profile/batchStatus?batchId=ID'
  tpe status "$LINK" --wait --deadline-ms 3600000 --json`,
    )
    .action(async (link: string) => {
      await run((context) => {
        if (!/^https?:\/\/./.test(link)) throw noLink(link);
        const given = givenOptions(command, FIELDS, context.environment);
        const options = checkedOptions(statusOptionsSchema, FIELDS, given, 'tpe status');
        const typed = givenOptions(command, FIELDS, { ...context.environment, option: () => undefined });
        // Whom to trust is said again: without it the token would go wherever the link leads.
        const next = asTyped(
          commandLine('tpe status', link, FIELDS, { ...typed, wait: true }),
          context.environment.command,
        );
        return status({ link, options, next, json: command.opts<{ json?: boolean }>().json === true }, context);
      });
    });
}

/** Where a batch id was typed, or an unquoted link that the shell cut at its first `&`. */
function noLink(text: string): Problem {
  const message = `${JSON.stringify(text)} is no status link: give the whole address that the submission was answered with, in quotes`;
  return new Problem(message, { reason: 'usage', code: 'bad-link', next: 'tpe status --help' });
}

interface StatusTask {
  readonly link: string;
  readonly options: z.output<typeof statusOptionsSchema>;
  /** The command that goes on asking. */
  readonly next: string;
  readonly json: boolean;
}

async function status(task: StatusTask, context: Context): Promise<ExitCode> {
  const { link, options, json } = task;
  const { token } = context.environment;
  const display = await progressDisplay(context);
  const given = {
    ...options,
    ...(token === undefined ? {} : { token }),
    ...(options.wait ? { onProgress: display.show } : {}),
    signal: context.signal,
  };
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  const outcome = await followLink(link, Object.fromEntries(set)).finally(display.stop);
  const reason = reasonOf(outcome);
  const next = HELPED_BY_ASKING.has(reason) ? task.next : undefined;
  if (json) printJson(context, { ...outcome, next, exitCode: EXIT_CODES[reason] });
  else context.stdout.write(outcomeText(outcome, next));
  return exitCode(reason);
}

const HELPED_BY_ASKING: ReadonlySet<ExitReason> = new Set(['temporary', 'stuck', 'interrupted']);

function reasonOf({ kind, reading, error }: FollowOutcome): ExitReason {
  switch (kind) {
    case 'interrupted':
      return 'interrupted';
    case 'refused':
      return 'refused';
    case 'stuck':
      return 'stuck';
    case 'timed-out':
      return error?.retryable === false ? 'refused' : 'stuck';
    case 'complete':
    case 'asked-once':
      if (reading === undefined) return error?.retryable === false ? 'refused' : 'temporary';
      if (reading.status === 'stuck') return 'stuck';
      if (reading.status === 'incomplete') return 'temporary';
      return (reading.profilesNotFound ?? 0) + (reading.failedUpdates ?? 0) > 0 ? 'rowsRejected' : 'done';
    default:
      return unreachable(kind);
  }
}

function outcomeText({ reading, error, kind }: FollowOutcome, next: string | undefined): string {
  const lines: string[] = [];
  if (reading !== undefined) {
    const counters = [
      ['batchSize', reading.batchSize],
      ['consumedCount', reading.consumedCount],
      ['successfulUpdates', reading.successfulUpdates],
      ['profilesNotFound', reading.profilesNotFound],
      ['failedUpdates', reading.failedUpdates],
    ] as const;
    lines.push(`${printable(reading.batchId)}: ${reading.status}`);
    for (const [name, value] of counters) if (value !== undefined) lines.push(`  ${name.padEnd(18)} ${value}`);
  }
  if (error !== undefined) lines.push(printable(error.message));
  else if (kind === 'timed-out') lines.push('The deadline passed before the batch was complete.');
  if (next !== undefined) lines.push(`Next: ${next}`);
  return `${lines.join('\n')}\n`;
}
