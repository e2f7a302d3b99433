/** `tpe upload`: sends a CRM export as bulk updates and tells what became of every row. */
import { Command } from 'commander';
import {
  InterruptedError,
  ProductionHostError,
  createUploader,
  uploadOptionsSchema,
  type UploadOptions,
  type UploadSource,
  type Uploader,
} from '../../client/index.ts';
import { printJson, type Context, type Run } from '../context.ts';
import { EXIT_CODES, exitCode, type ExitCode } from '../exit-code.ts';
import { UPLOAD_FIELDS } from '../upload-fields.ts';
import { addOptionFields, checkedOptions, givenOptions } from '../option-flags.ts';
import { Problem } from '../problem.ts';
import { progressDisplay } from '../progress-display.ts';
import { nextCommands, uploadCommandLine, type CommandWith } from '../next-command.ts';
import { asTyped } from '../shell-word.ts';
import { problemsText, planText, refusedInputJson, reportJson, reportReasons, reportText } from '../upload-report.ts';

const optionsSchema = uploadOptionsSchema.omit({ token: true });

export function uploadCommand(run: (run: Run) => Promise<void>): Command {
  const command = new Command('upload').description('send a CSV or NDJSON file to an emulator or to Adobe Target');
  command.argument('<file>', 'the export, CSV or NDJSON; - for standard input');
  command.option('--dry-run', 'show the parts and the first rows as they would be sent; send nothing');
  command.option('--json', 'print the result as JSON');
  return addOptionFields(command, UPLOAD_FIELDS)
    .addHelpText(
      'after',
      `
A bearer token is read from TPE_TOKEN. The whole file is judged before anything is sent; exit 3 means that nothing was.

Examples:
  tpe upload samples/crm-export.csv --id-column customer_id --on-problem skip \\
    --client demo --endpoint http://127.0.0.1:8181
  tpe upload crm.csv --id-column customer_id --rename loyaltyTier=tier --drop note \\
    --client demo --endpoint http://127.0.0.1:8181 --dry-run
  tpe upload crm.ndjson --id-column customer_id --client acme --endpoint https://acme.tt.omtrdc.net --production --no-wait`,
    )
    .action(async (file: string) => {
      await run((context) => {
        const given = givenOptions(command, UPLOAD_FIELDS, context.environment);
        const options = checkedOptions(optionsSchema, UPLOAD_FIELDS, given, 'tpe upload');
        const { token } = context.environment;
        const flags = command.opts<{ dryRun?: boolean; json?: boolean }>();
        const json = flags.json === true;
        const task: UploadTask = {
          file,
          json,
          options: token === undefined ? options : { ...options, token },
          given: givenOptions(command, UPLOAD_FIELDS, { ...context.environment, option: () => undefined }),
        };
        return flags.dryRun === true ? dryRun(task, context) : upload(task, context);
      });
    });
}

interface UploadTask {
  readonly file: string;
  readonly options: UploadOptions;
  /** What the command line itself said, for the next command. */
  readonly given: Readonly<Record<string, unknown>>;
  readonly json: boolean;
}

async function upload({ file, options, given, json }: UploadTask, context: Context): Promise<ExitCode> {
  const command: CommandWith = (changes) =>
    asTyped(uploadCommandLine(file, given, changes), context.environment.command);
  const display = await progressDisplay(context);
  const uploader = uploaderOf(options, command);
  const result = await withDisplay(
    uploader.upload(sourceOf(file, context), { signal: context.signal, onProgress: display.show }),
    display.stop,
    command,
  );
  if (result.kind === 'input-refused') {
    if (json) printJson(context, refusedInputJson(result, command));
    else context.stderr.write(problemsText(result, command, context.errorStyle));
    return EXIT_CODES.invalidInput;
  }
  const code = exitCode(...reportReasons(result));
  const next = nextCommands(result, command, options).map((line) => asTyped(line, context.environment.command));
  if (json) printJson(context, { ...reportJson(result), next, exitCode: code });
  else context.stdout.write(reportText(result, next, context.style));
  return code;
}

async function dryRun({ file, options, given, json }: UploadTask, context: Context): Promise<ExitCode> {
  const command: CommandWith = (changes) =>
    asTyped(uploadCommandLine(file, given, changes), context.environment.command);
  const display = await progressDisplay(context);
  const uploader = uploaderOf(options, command);
  const plan = await withDisplay(
    uploader.plan(sourceOf(file, context), { signal: context.signal, onProgress: display.show }),
    display.stop,
    command,
  );
  if (plan.kind === 'input-refused') {
    if (json) printJson(context, refusedInputJson(plan, command));
    else context.stderr.write(problemsText(plan, command, context.errorStyle));
    return EXIT_CODES.invalidInput;
  }
  if (json) printJson(context, plan);
  else context.stdout.write(planText(plan, command({}), context.style));
  return EXIT_CODES.done;
}

/** The remedy for a real host is this very command with one more flag. */
function uploaderOf(options: UploadOptions, command: CommandWith): Uploader {
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

/** The bar must be gone before anything else is printed, whatever happened. */
async function withDisplay<Result>(work: Promise<Result>, stop: () => void, command: CommandWith): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof InterruptedError)) throw error;
    throw new Problem(error.message, { reason: 'interrupted', code: error.code, next: command({}), cause: error });
  } finally {
    stop();
  }
}
