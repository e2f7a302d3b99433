/** `tpe upload`: sends a CRM export as bulk updates or customer attributes, or goes on with a job, and tells what became of every row. */
import { Command } from 'commander';
import {
  attributesPlan,
  checkInput,
  checkOptionsSchema,
  createUploader,
  isUploadError,
  resumeAttributes,
  resumeUpload,
  uploadAttributes,
} from '../../client/index.ts';
import type { AttributesReport, ResumeOptions, RunOptions, UploadResult, UploadSource } from '../../client/index.ts';
import { type Account, readAccount } from '../accounts.ts';
import { attributesPlace, hostsOf, isOfAttributes, passwordOf, tellAttributes } from '../attributes-upload.ts';
import { type Context, printJson, type Run } from '../context.ts';
import { typedOptions } from '../define-command.ts';
import { inputFiles } from '../named-file.ts';
import { tellChecked, tellRefused } from '../input-report.ts';
import {
  withMappingFile,
  COMMAND_FIELDS,
  dryRunSchema,
  resumeCommandSchema,
  senderOptions,
  UPLOAD_FIELDS,
  uploadCommandSchema,
} from '../upload-fields.ts';
import type { CommandOptions } from '../upload-fields.ts';
import {
  commandAgain,
  commandLine,
  configFlag,
  nextCommands,
  resumeCommandLine,
  shellsState,
  stateFlag,
  statePlace,
} from '../printed-command.ts';
import type { CommandWith, TypedCommand } from '../printed-command.ts';
import { exitCode, type ExitCode, exitReason, Problem, wrongUsage } from '../problem.ts';
import { addOptionFields, checkedOptions, flagOf, givenOptions } from '../schema-fields.ts';
import { progressDisplay } from '../progress-display.ts';
import { asTyped, shellWord } from '../printable.ts';
import { reportJson, reportReasons, reportText } from '../upload-report.ts';

export function uploadCommand(run: (run: Run) => Promise<void>): Command {
  const command = new Command('upload').description('send a CSV or JSON export to an emulator or to Adobe Target');
  command.argument(
    '[files...]',
    'the export: CSV, TSV, NDJSON, a JSON array or a batch file, also as .gz or .zst; several files or a "*" pattern; - for standard input',
  );
  command.option('--resume [job]', 'go on with a job: its id, or latest; with files, which must be its own');
  command.option(
    '--dry-run',
    'show problems, warnings, the parts and the first rows as they would be sent; send nothing',
  );
  command.option('--json', 'print the result as JSON');
  return addOptionFields(command, UPLOAD_FIELDS)
    .addHelpText(
      'after',
      `
A bearer token is read from TPE_TOKEN, or as an account of tpe.config.json says.
The whole file is judged before anything is sent; exit 3 means that nothing was.
Every upload is a job (tpe jobs): whatever ends it, --resume goes on.

Examples:
  tpe upload samples/crm-export.csv --id-column customer_id --on-problem skip \\
    --client demo --endpoint http://127.0.0.1:8181
  tpe upload crm.csv --id-column customer_id --rename loyaltyTier=tier \\
    --drop note --client demo --endpoint http://127.0.0.1:8181 --dry-run
  tpe upload 'exports/*.csv.gz' --map mapping.json \\
    --client demo --endpoint http://127.0.0.1:8181
  tpe upload crm.ndjson --id-column customer_id --client acme \\
    --endpoint https://acme.tt.omtrdc.net --production --no-wait
  tpe upload crm.csv --id-column customer_id --as customer-attributes \\
    --sftp sftp://demo.crm@127.0.0.1:2222 --sftp-known-hosts known_hosts
  tpe upload --resume`,
    )
    .action(async (files: string[]) => {
      await run((context) => {
        const flags = command.opts<{ dryRun?: boolean; json?: boolean; resume?: boolean | string }>();
        const typed = typedOptions(command, UPLOAD_FIELDS, context);
        const task = { line: 'tpe upload', files, fields: UPLOAD_FIELDS, given: typed, json: flags.json === true };
        if (flags.resume === undefined) {
          if (files.length === 0) throw usage('Name a file to upload, or a job to resume.');
          const given = givenOptions(command, UPLOAD_FIELDS, context.environment);
          const account = accountOf(given, context);
          // Who names an account means it; a flag changes one thing of it.
          const all = { ...task, given: { ...shellsState(context), ...given, ...account?.options, ...typed } };
          return flags.dryRun === true ? dryRun(all, context) : upload(all, account, context);
        }
        if (flags.dryRun === true)
          throw usage('A job is not judged again: leave --dry-run away, or see tpe jobs show.');
        // What the environment says of the upload today is no part of the job.
        const given = { ...givenOptions(command, COMMAND_FIELDS, context.environment), ...typed };
        return resume(flags.resume === true ? 'latest' : String(flags.resume), { ...task, given }, context);
      });
    });
}

/** What flags, environment and account said. */
type Task = TypedCommand & Readonly<{ files: readonly string[] }>;

async function upload(task: Task, account: Account | undefined, context: Context): Promise<ExitCode> {
  const given = await withMappingFile(task.given);
  const isBulk = given['as'] !== 'customer-attributes';
  const { checked, send } = isBulk ? bulkWay(given, account, context) : attributesWay(given, context);
  const source = await inputFiles(task.files, context);
  const command = commandAgain(task, context, accountsFile(task.given['account'], context));
  const outcome = { checked, command, resume: resumer(checked, context, isBulk), json: task.json };
  return told((run) => send(source, run), outcome, context);
}

type Given = Record<string, unknown>;
type Send = (source: UploadSource, run: RunOptions) => Promise<UploadResult | AttributesReport>;
type Checked = CommandOptions & Readonly<{ endpoint?: string | undefined; allowHosts?: readonly string[] | undefined }>;
type Way = Readonly<{ checked: Checked; send: Send }>;

function bulkWay(given: Given, account: Account | undefined, context: Context): Way {
  const checked = checkedOptions(uploadCommandSchema, UPLOAD_FIELDS, given, 'tpe upload');
  const options = { ...senderOptions(checked), ...placeAndToken(checked, account, context) };
  return { checked, send: (source, run) => createUploader(options).upload(source, run) };
}

function attributesWay(given: Given, context: Context): Way {
  const checked = checkedOptions(dryRunSchema, UPLOAD_FIELDS, given, 'tpe upload');
  const { wait, deadlineMs, keepDays } = checked;
  const judging = checkOptionsSchema.omit({ callsPerMinute: true }).strip().parse(checked);
  const place = { place: attributesPlace(checked, context), state: statePlace(checked.state, context), keepDays };
  return { checked, send: (source, run) => uploadAttributes(source, { ...judging, ...place, wait, deadlineMs }, run) };
}

async function resume(job: string, task: Task, context: Context): Promise<ExitCode> {
  const checked = checkedOptions(resumeCommandSchema, UPLOAD_FIELDS, await withMappingFile(task.given), 'tpe upload');
  const options = senderOptions(checked) as ResumeOptions;
  const { wait, deadlineMs } = options;
  const { keepDays, sftpKnownHosts } = checked;
  const state = statePlace(checked.state, context);
  const isBulk = !(await isOfAttributes(job, state));
  const resumeWith = resumer(checked, context, isBulk);
  const remedies = { command: () => resumeWith(job), resume: resumeWith };
  const outcome = { ...remedies, checked: { ...options, ...checked }, json: task.json };
  if (!isBulk) {
    const idle = UPLOAD_FIELDS.filter(
      ({ name }) => name in options && !['wait', 'deadlineMs', 'endpoint'].includes(name),
    );
    assertUsed([...task.files, ...idle.map(flagOf)], resumeWith(job));
    const knownHosts = hostsOf(sftpKnownHosts);
    const asked = { password: passwordOf(context), knownHosts, state, keepDays, wait, deadlineMs };
    return told((run) => resumeAttributes(job, asked, run), outcome, context);
  }
  const given = { ...options, ...placeAndToken(checked, accountOf(task.given, context), context) };
  const source = task.files.length === 0 ? {} : { source: await inputFiles(task.files, context) };
  return told((run) => resumeUpload(job, given, { ...run, ...source }), outcome, context);
}

/** What a job of customer attributes has no use for: it goes on with what it has kept. */
function assertUsed(idle: readonly string[], next: string): void {
  if (idle.length === 0) return;
  const message = `This job goes on with the rows and options that it has kept: leave ${idle.join(', ')} away`;
  throw new Problem(message, { reason: 'usage', code: 'job-differs', next });
}

async function dryRun(task: Task, context: Context): Promise<ExitCode> {
  const config = accountsFile(task.given['account'], context);
  const command = commandAgain(task, context, `${config} --dry-run`);
  const options = checkedOptions(dryRunSchema, UPLOAD_FIELDS, await withMappingFile(task.given), 'tpe upload');
  const source = await inputFiles(task.files, context);
  const input = checkOptionsSchema.strip().parse(options);
  const remedies = { command, resume: () => command({}) };
  const result = await shown(context, options.log, remedies, (run) => checkInput(source, input, run));
  // Where nobody said whom to send to, an emulator of this machine.
  const { as, endpoint = EMULATOR, client = 'demo' } = options;
  const { sftp = `sftp://${client}.crm@127.0.0.1:2222`, sftpKnownHosts = 'known_hosts' } = options;
  const next = commandAgain(task, context, config)(as === 'bulk' ? { endpoint, client } : { sftp, sftpKnownHosts });
  const checked = as === 'bulk' || result.kind === 'input-refused' ? result : attributesPlan(result);
  return tellChecked(checked, { json: task.json, command, as }, `Nothing was sent. Next: ${next}`, context);
}

type Outcome = Remedies & Readonly<{ checked: Checked; json: boolean }>;

async function told(work: (run: RunOptions) => ReturnType<Send>, outcome: Outcome, context: Context) {
  const { checked, json, command } = outcome;
  const result = await shown(context, checked.log, outcome, work);
  if (result.kind === 'input-refused') return tellRefused(result, { json, command }, context);
  if (result.kind === 'attributes') return tellAttributes(result, { ...outcome, ...checked }, context);
  const code = exitCode(...reportReasons(result, checked));
  const lines = nextCommands({ report: result, ...outcome, ...checked });
  const next = lines.map((line) => asTyped(line, context.environment.command));
  if (json) printJson(context, { ...reportJson(result), next, exitCode: code });
  else context.stdout.write(reportText(result, next, context.style));
  return code;
}

const accountOf = ({ account }: Task['given'], context: Context): Account | undefined =>
  typeof account === 'string' ? readAccount(account, context) : undefined;

function placeAndToken({ state, keepDays }: CommandOptions, account: Account | undefined, context: Context) {
  const token = account?.token ?? context.environment.token;
  return { state: statePlace(state, context), keepDays, ...(token === undefined ? {} : { token }) };
}

/** Where the account stands, if one is named. */
const accountsFile = (account: unknown, context: Context) => (account === undefined ? '' : configFlag(context));

/**
 * What the next shell may not know goes along: where the job is remembered, whose token is meant, which emulator tells why,
 * and what is no reason for exit code 4.
 */
function resumer(checked: Checked, context: Context, isBulk: boolean): Remedies['resume'] {
  const { state, account, endpoint, notFoundOk, problemsMax } = checked;
  const most = Number.parseFloat(problemsMax) === 0 ? undefined : problemsMax;
  const said = isBulk ? { account, notFoundOk, problemsMax: most } : { account, endpoint };
  const place = stateFlag(statePlace(state, context), context);
  const flags = `${commandLine(place, [], UPLOAD_FIELDS, said)}${accountsFile(account, context)}`;
  return (job, more) => resumeCommandLine(job, flags, more);
}

interface Remedies {
  /** The whole of it anew. */
  readonly command: CommandWith;
  readonly resume: (job: string, more?: string) => string;
  readonly checked?: Pick<CommandOptions, 'sftpKnownHosts'>;
}

/** The bar must be gone before anything else is printed, whatever happened. */
async function shown<Result>(
  context: Context,
  log: CommandOptions['log'],
  remedies: Remedies,
  work: (run: RunOptions) => Promise<Result>,
): Promise<Result> {
  const display = await progressDisplay(context, log);
  try {
    return await work({ signal: context.signal, onProgress: display.show });
  } catch (error) {
    throw withRemedy(error, remedies);
  } finally {
    display.stop();
  }
}

/** What has left a job goes on by its name, and, where it is refused for good, with what the message names put right. */
function withRemedy(error: unknown, { command, resume: resumeWith, checked }: Remedies): unknown {
  if (!isUploadError(error)) return error;
  const { message, code, job } = error;
  // A real host is written to by who says so on purpose: what is printed to be typed rehearses.
  const change = code === 'production-not-confirmed' ? { endpoint: EMULATOR } : {};
  const reason = exitReason(error);
  const helps = reason === 'temporary' || reason === 'interrupted' || code === 'production-not-confirmed';
  if (job === undefined && !helps) return error;
  const next = job === undefined ? command(change) : resumeWith(job, mends(checked?.sftpKnownHosts)[code]);
  return new Problem(message, { reason, code, next, cause: error });
}

/** The file that does not have the key is the one to put right. */
const mends = (knownHosts = 'known_hosts'): Readonly<Record<string, string>> => ({
  'newer-upload': ' --roll-back',
  untrusted: ` --sftp-known-hosts ${shellWord(knownHosts)}`,
});

/** As the documents start it. */
const EMULATOR = 'http://127.0.0.1:8181';

const usage = (message: string) => wrongUsage('tpe upload', message);
