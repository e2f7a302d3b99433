/** `tpe upload`: sends a CRM export as bulk updates, or goes on with a job, and tells what became of every row. */
import { Command } from 'commander';
import {
  InterruptedError,
  isUploadError,
  ProductionHostError,
  createUploader,
  resumeUpload,
  type ResumeOptions,
  type UploadOptions,
  type UploadReport,
  type UploadSource,
  type Uploader,
} from '../../client/index.ts';
import { readAccount } from '../accounts.ts';
import { printJson, type Context, type Run } from '../context.ts';
import { EXIT_CODES, exitCode, type ExitCode } from '../exit-code.ts';
import {
  type CommandOptions,
  resumeCommandSchema,
  senderOptions,
  UPLOAD_FIELDS,
  uploadCommandSchema,
} from '../upload-fields.ts';
import { addOptionFields, checkedOptions, givenOptions } from '../option-flags.ts';
import { Problem } from '../problem.ts';
import { progressDisplay } from '../progress-display.ts';
import { nextCommands, resumeCommandLine, uploadCommandLine, type CommandWith } from '../next-command.ts';
import { asTyped } from '../shell-word.ts';
import { stateFlag, statePlace } from '../state-place.ts';
import { faultsText, planText, refusedInputJson, reportJson, reportReasons, reportText } from '../upload-report.ts';

export function uploadCommand(run: (run: Run) => Promise<void>): Command {
  const command = new Command('upload').description('send a CSV or NDJSON file to an emulator or to Adobe Target');
  command.argument('[file]', 'the export, CSV or NDJSON; - for standard input');
  command.option('--resume [job]', 'go on with a job: its id, or latest; with a file, which must be its own');
  command.option('--dry-run', 'show the parts and the first rows as they would be sent; send nothing');
  command.option('--json', 'print the result as JSON');
  return addOptionFields(command, UPLOAD_FIELDS)
    .addHelpText(
      'after',
      `
A bearer token is read from TPE_TOKEN, or as an account of tpe.config.json says. The whole file is judged before
anything is sent; exit 3 means that nothing was. Every upload is a job (tpe jobs): whatever ends it, --resume goes on.

Examples:
  tpe upload samples/crm-export.csv --id-column customer_id --on-fault skip \\
    --client demo --endpoint http://127.0.0.1:8181
  tpe upload crm.csv --id-column customer_id --rename loyaltyTier=tier --drop note \\
    --client demo --endpoint http://127.0.0.1:8181 --dry-run
  tpe upload crm.ndjson --id-column customer_id --client acme --endpoint https://acme.tt.omtrdc.net --production --no-wait
  tpe upload --resume`,
    )
    .action(async (file: string | undefined) => {
      await run((context) => {
        const flags = command.opts<{ dryRun?: boolean; json?: boolean; resume?: boolean | string }>();
        const json = flags.json === true;
        const typed = givenOptions(command, UPLOAD_FIELDS, { ...context.environment, option: () => undefined });
        if (flags.resume !== undefined) {
          if (flags.dryRun === true)
            throw usage('A job is not judged again: leave --dry-run away, or see tpe jobs show.');
          return resume({ job: flags.resume === true ? 'latest' : String(flags.resume), file, json, typed }, context);
        }
        if (file === undefined) throw usage('Name a file to upload, or a job to resume.');
        const given = givenOptions(command, UPLOAD_FIELDS, context.environment);
        const { account } = given;
        const named = typeof account === 'string' ? readAccount(account, context) : undefined;
        // Who names an account means it; a flag changes one thing of it.
        const all = { ...given, ...named?.options, ...typed };
        const checked = checkedOptions(uploadCommandSchema, UPLOAD_FIELDS, all, 'tpe upload');
        const token = named?.token ?? context.environment.token;
        const options = { ...senderOptions(checked), ...(token === undefined ? {} : { token }) };
        const task: UploadTask = { file, json, options, command: checked, given: all };
        return flags.dryRun === true ? dryRun(task, context) : upload(task, context);
      });
    });
}

interface UploadTask {
  readonly file: string;
  readonly options: UploadOptions;
  readonly command: CommandOptions;
  /** What flags, environment and account said, for the next command. */
  readonly given: Readonly<Record<string, unknown>>;
  readonly json: boolean;
}

async function upload(task: UploadTask, context: Context): Promise<ExitCode> {
  const { file, options, json } = task;
  const command = commandOf(task, context);
  const state = statePlace(task.command.state, context);
  const display = await progressDisplay(context, task.command.log);
  const uploader = uploaderOf({ ...options, state, keepDays: task.command.keepDays }, command);
  const resumeWith = resumer(task.command, state, context);
  const result = await withDisplay(
    uploader.upload(sourceOf(file, context), { signal: context.signal, onProgress: display.show }),
    display.stop,
    { command, resumeWith },
  );
  if (result.kind === 'input-refused') {
    if (json) printJson(context, refusedInputJson(result, command));
    else context.stderr.write(faultsText(result, command, context.errorStyle));
    return EXIT_CODES.invalidInput;
  }
  return told(result, { ...task, commandWith: command, resumeWith }, context);
}

interface ResumeTask {
  readonly job: string;
  readonly file: string | undefined;
  readonly json: boolean;
  /** Flags alone: what the environment says today is no part of the job. */
  readonly typed: Record<string, unknown>;
}

async function resume({ job, file, json, typed }: ResumeTask, context: Context): Promise<ExitCode> {
  const checked = checkedOptions(resumeCommandSchema, UPLOAD_FIELDS, typed, 'tpe upload');
  const state = statePlace(checked.state ?? context.environment.option('TPE_STATE'), context);
  const named = checked.account === undefined ? undefined : readAccount(checked.account, context);
  const token = named?.token ?? context.environment.token;
  const display = await progressDisplay(context, checked.log);
  const resumeWith = resumer(checked, state, context);
  const given: ResumeOptions = {
    ...(senderOptions(checked) as ResumeOptions),
    state,
    keepDays: checked.keepDays,
    ...(token === undefined ? {} : { token }),
  };
  const source = file === undefined ? {} : { source: sourceOf(file, context) };
  const result = await withDisplay(
    resumeUpload(job, given, { signal: context.signal, onProgress: display.show, ...source }),
    display.stop,
    { command: () => resumeWith(job), resumeWith },
  );
  const options = { endpoint: '', allowHosts: [] };
  return told(result, { json, command: checked, options, commandWith: () => '', resumeWith }, context);
}

interface Told {
  readonly json: boolean;
  readonly command: CommandOptions;
  readonly options: Pick<UploadOptions, 'endpoint' | 'allowHosts'>;
  readonly commandWith: CommandWith;
  readonly resumeWith: ResumeWith;
}

function told(report: UploadReport, task: Told, context: Context): ExitCode {
  const { json, command, options, commandWith, resumeWith } = task;
  const code = exitCode(...reportReasons(report, command));
  const next = nextCommands({ report, resume: resumeWith, command: commandWith, options }).map((line) =>
    asTyped(line, context.environment.command),
  );
  if (json) printJson(context, { ...reportJson(report), next, exitCode: code });
  else context.stdout.write(reportText(report, next, context.style));
  return code;
}

async function dryRun(task: UploadTask, context: Context): Promise<ExitCode> {
  const { file, options, json } = task;
  const command = commandOf(task, context);
  const display = await progressDisplay(context, task.command.log);
  const uploader = uploaderOf(options, command);
  const plan = await withDisplay(
    uploader.plan(sourceOf(file, context), { signal: context.signal, onProgress: display.show }),
    display.stop,
    { command, resumeWith: () => command({}) },
  );
  if (plan.kind === 'input-refused') {
    if (json) printJson(context, refusedInputJson(plan, command));
    else context.stderr.write(faultsText(plan, command, context.errorStyle));
    return EXIT_CODES.invalidInput;
  }
  if (json) printJson(context, plan);
  else context.stdout.write(planText(plan, command({}), context.style));
  return EXIT_CODES.done;
}

function commandOf({ file, given }: UploadTask, context: Context): CommandWith {
  return (changes) => asTyped(uploadCommandLine(file, given, changes), context.environment.command);
}

type ResumeWith = (job: string, more?: string) => string;

/** What the next shell may not know goes along: where the job is remembered, and whose token is meant. */
function resumer({ account }: CommandOptions, state: string | undefined, context: Context): ResumeWith {
  const flags = `${stateFlag(state, context)}${account === undefined ? '' : ` --account ${account}`}`;
  return (job, more) => resumeCommandLine(job, flags, more);
}

/** The remedy for a real host is this very command with one more flag. */
function uploaderOf(options: Parameters<typeof createUploader>[0], command: CommandWith): Uploader {
  try {
    return createUploader(options);
  } catch (error) {
    if (!(error instanceof ProductionHostError)) throw error;
    const next = command({ production: true });
    throw new Problem(error.message, { reason: 'usage', code: error.code, next, cause: error });
  }
}

function sourceOf(file: string, context: Context): UploadSource {
  return file === '-' ? { name: 'stdin', chunks: context.stdin as AsyncIterable<Uint8Array> } : file;
}

interface Remedies {
  readonly command: CommandWith;
  readonly resumeWith: ResumeWith;
}

/** The bar must be gone before anything else is printed, whatever happened. */
async function withDisplay<Result>(work: Promise<Result>, stop: () => void, remedies: Remedies): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    throw withRemedy(error, remedies);
  } finally {
    stop();
  }
}

function withRemedy(error: unknown, { command, resumeWith }: Remedies): unknown {
  if (!isUploadError(error)) return error;
  const { message, code } = error;
  if (error instanceof InterruptedError) {
    return new Problem(message, { reason: 'interrupted', code, next: command({}), cause: error });
  }
  const job = 'job' in error ? String(error.job) : undefined;
  if (job === undefined) return error;
  const isNewer = code === 'newer-upload';
  const next = resumeWith(job, isNewer ? ' --roll-back' : '');
  return new Problem(message, { reason: isNewer ? 'refused' : 'temporary', code, next, cause: error });
}

const usage = (message: string) => new Problem(message, { reason: 'usage', code: 'usage', next: 'tpe upload --help' });
