/** `tpe upload`: sends a CRM export as bulk updates, or goes on with a job, and tells what became of every row. */
import { Command } from 'commander';
import {
  checkInput,
  checkOptionsSchema,
  createUploader,
  isUploadError,
  resumeAttributes,
  type ResumeOptions,
  resumeUpload,
  type RunOptions,
  uploadAttributes,
  type Uploader,
  type UploaderOptions,
  type UploadReport,
} from '../../client/index.ts';
import { type Account, readAccount } from '../accounts.ts';
import { attributesAccount, attributesPlace, passwordOf, tellAttributes } from '../attributes-upload.ts';
import { type Context, printJson, type Run } from '../context.ts';
import { typedOptions } from '../define-command.ts';
import { exitCode, type ExitCode, Problem, wrongUsage } from '../problem.ts';
import { inputFiles } from '../input-files.ts';
import { tellChecked, tellRefused } from '../input-report.ts';
import { withMappingFile } from '../mapping-file.ts';
import {
  commandAgain,
  type CommandWith,
  nextCommands,
  type NextParts,
  resumeCommandLine,
  stateFlag,
  statePlace,
  type TypedCommand,
} from '../printed-command.ts';
import { addOptionFields, checkedOptions, givenOptions } from '../schema-fields.ts';
import { progressDisplay } from '../progress-display.ts';
import { asTyped } from '../printable.ts';
import {
  COMMAND_FIELDS,
  type CommandOptions,
  dryRunSchema,
  resumeCommandSchema,
  senderOptions,
  UPLOAD_FIELDS,
  uploadCommandSchema,
} from '../upload-fields.ts';
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
          const all = { ...task, given: { ...given, ...account?.options, ...typed } };
          if (flags.dryRun === true) return dryRun(all, context);
          return typed['as'] === 'customer-attributes'
            ? uploadAsAttributes(all, context)
            : upload(all, account, context);
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
interface Task extends TypedCommand {
  readonly files: readonly string[];
}

async function upload(task: Task, account: Account | undefined, context: Context): Promise<ExitCode> {
  const command = commandAgain(task, context);
  const checked = checkedOptions(uploadCommandSchema, UPLOAD_FIELDS, await withMappingFile(task.given), 'tpe upload');
  const options = { ...senderOptions(checked), ...placeAndToken(checked, account, context) };
  const source = await inputFiles(task.files, context);
  const uploader = uploaderOf(options, command);
  const resumeWith = resumer(checked, context);
  const result = await shown(context, checked.log, { command, resumeWith }, (run) => uploader.upload(source, run));
  if (result.kind === 'input-refused') return tellRefused(result, { json: task.json, command }, context);
  return told(result, { ...task, checked, command, resume: resumeWith, options }, context);
}

async function uploadAsAttributes(task: Task, context: Context): Promise<ExitCode> {
  const command = commandAgain(task, context);
  const checked = checkedOptions(dryRunSchema, UPLOAD_FIELDS, await withMappingFile(task.given), 'tpe upload');
  const { wait, deadlineMs } = checked;
  const place = attributesPlace(checked, context);
  const options = {
    ...checkOptionsSchema.omit({ callsPerMinute: true }).strip().parse(checked),
    wait,
    deadlineMs,
    place,
    state: statePlace(checked.state, context),
    keepDays: checked.keepDays,
  };
  const source = await inputFiles(task.files, context);
  const resumeWith = resumer(checked, context);
  const remedies = { command, resumeWith };
  const result = await shown(context, checked.log, remedies, (run) => uploadAttributes(source, options, run));
  if (result.kind === 'input-refused') return tellRefused(result, { json: task.json, command }, context);
  return tellAttributes(result, place.url.href, { json: task.json, resume: resumeWith }, context);
}

async function resume(job: string, task: Task, context: Context): Promise<ExitCode> {
  const checked = checkedOptions(resumeCommandSchema, UPLOAD_FIELDS, await withMappingFile(task.given), 'tpe upload');
  const state = statePlace(checked.state, context);
  const sftp = await attributesAccount(job, state);
  const resumeWith = resumer(checked, context);
  if (sftp !== undefined) {
    const { wait, deadlineMs } = senderOptions(checked) as ResumeOptions;
    const asked = { password: passwordOf(context), state, keepDays: checked.keepDays, wait, deadlineMs };
    const remedies = { command: () => resumeWith(job), resumeWith };
    const report = await shown(context, checked.log, remedies, (run) => resumeAttributes(job, asked, run));
    return tellAttributes(report, sftp, { json: task.json, resume: resumeWith }, context);
  }
  const given: ResumeOptions = {
    ...(senderOptions(checked) as ResumeOptions),
    ...placeAndToken(checked, accountOf(task.given, context), context),
  };
  const source = task.files.length === 0 ? {} : { source: await inputFiles(task.files, context) };
  const remedies = { command: () => resumeWith(job), resumeWith };
  const result = await shown(context, checked.log, remedies, (run) => resumeUpload(job, given, { ...run, ...source }));
  const options = { endpoint: '', allowHosts: [] };
  return told(result, { ...task, checked, command: () => '', resume: resumeWith, options }, context);
}

async function dryRun(task: Task, context: Context): Promise<ExitCode> {
  const command = commandAgain(task, context, ' --dry-run');
  const options = checkedOptions(dryRunSchema, UPLOAD_FIELDS, await withMappingFile(task.given), 'tpe upload');
  const source = await inputFiles(task.files, context);
  const remedies = { command, resumeWith: () => command({}) };
  const input = checkOptionsSchema.strip().parse(options);
  const plan = await shown(context, options.log, remedies, (run) => checkInput(source, input, run));
  // Where nobody said whom to send to, an emulator as `tpe serve` starts it.
  const { endpoint = 'http://127.0.0.1:8181', client = 'demo' } = options;
  const next = commandAgain(task, context)({ endpoint, client });
  return tellChecked(plan, { json: task.json, command }, `Nothing was sent. Next: ${next}`, context);
}

interface Telling extends Omit<NextParts, 'report'> {
  readonly json: boolean;
  readonly checked: CommandOptions;
}

function told(report: UploadReport, { json, checked, ...parts }: Telling, context: Context): ExitCode {
  const code = exitCode(...reportReasons(report, checked));
  const next = nextCommands({ report, ...parts }).map((line) => asTyped(line, context.environment.command));
  if (json) printJson(context, { ...reportJson(report), next, exitCode: code });
  else context.stdout.write(reportText(report, next, context.style));
  return code;
}

function accountOf({ account }: Task['given'], context: Context): Account | undefined {
  return typeof account === 'string' ? readAccount(account, context) : undefined;
}

function placeAndToken({ state, keepDays }: CommandOptions, account: Account | undefined, context: Context) {
  const token = account?.token ?? context.environment.token;
  return { state: statePlace(state, context), keepDays, ...(token === undefined ? {} : { token }) };
}

type ResumeWith = (job: string, more?: string) => string;

/** What the next shell may not know goes along: where the job is remembered, and whose token is meant. */
function resumer({ state, account }: CommandOptions, context: Context): ResumeWith {
  const flags = `${stateFlag(statePlace(state, context), context)}${account === undefined ? '' : ` --account ${account}`}`;
  return (job, more) => resumeCommandLine(job, flags, more);
}

/** A real host is written to by who says so on purpose: what is printed to be typed rehearses. */
function uploaderOf(options: UploaderOptions, command: CommandWith): Uploader {
  try {
    return createUploader(options);
  } catch (error) {
    if (!isUploadError(error, 'production-not-confirmed')) throw error;
    const next = command({ endpoint: 'http://127.0.0.1:8181' });
    throw new Problem(error.message, { reason: 'usage', code: error.code, next, cause: error });
  }
}

interface Remedies {
  readonly command: CommandWith;
  readonly resumeWith: ResumeWith;
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

function withRemedy(error: unknown, { command, resumeWith }: Remedies): unknown {
  if (!isUploadError(error)) return error;
  const { message, code, job } = error;
  if (code === 'interrupted') {
    const next = job === undefined ? command({}) : resumeWith(job);
    return new Problem(message, { reason: 'interrupted', code, next, cause: error });
  }
  if (job === undefined) return error;
  const isNewer = code === 'newer-upload';
  const next = resumeWith(job, isNewer ? ' --roll-back' : '');
  return new Problem(message, { reason: isNewer ? 'refused' : 'temporary', code, next, cause: error });
}

const usage = (message: string) => wrongUsage('tpe upload', message);
