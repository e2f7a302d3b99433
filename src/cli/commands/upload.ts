/** `tpe upload`: sends a CRM export as bulk updates and tells what became of every row. */
import { Command } from 'commander';
import type { z } from 'zod';
import {
  InterruptedError,
  checkInput,
  checkOptionsSchema,
  ProductionHostError,
  createUploader,
  uploadOptionsSchema,
  type UploadOptions,
  type Uploader,
} from '../../client/index.ts';
import { printJson, type Context, type Run } from '../context.ts';
import { exitCode, type ExitCode } from '../exit-code.ts';
import { UPLOAD_FIELDS } from '../upload-fields.ts';
import { addOptionFields, checkedOptions, givenOptions } from '../option-flags.ts';
import { Problem } from '../problem.ts';
import { progressDisplay } from '../progress-display.ts';
import { nextCommands, uploadCommandLine, type CommandWith } from '../next-command.ts';
import { asTyped } from '../shell-word.ts';
import { inputFiles } from '../input-files.ts';
import { tellChecked, tellRefused } from '../input-report.ts';
import { withMappingFile } from '../mapping-file.ts';
import { reportJson, reportReasons, reportText } from '../upload-report.ts';

const optionsSchema = uploadOptionsSchema.omit({ token: true });
/** A dry run asks nobody, so it need not know whom. */
const dryRunSchema = optionsSchema.partial({ endpoint: true, client: true });

export function uploadCommand(run: (run: Run) => Promise<void>): Command {
  const command = new Command('upload').description('send a CSV or JSON export to an emulator or to Adobe Target');
  command.argument(
    '<files...>',
    'the export: CSV, TSV, NDJSON, a JSON array or a batch file, also as .gz or .zst; several files or a "*" pattern; - for standard input',
  );
  command.option(
    '--dry-run',
    'show problems, warnings, the parts and the first rows as they would be sent; send nothing',
  );
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
    --dry-run
  tpe upload 'exports/*.csv.gz' --map mapping.json --client demo --endpoint http://127.0.0.1:8181
  tpe upload crm.ndjson --id-column customer_id --client acme --endpoint https://acme.tt.omtrdc.net --production --no-wait`,
    )
    .action(async (files: string[]) => {
      await run(async (context) => {
        const flags = command.opts<{ dryRun?: boolean; json?: boolean }>();
        const given = await withMappingFile(givenOptions(command, UPLOAD_FIELDS, context.environment));
        const typed = givenOptions(command, UPLOAD_FIELDS, { ...context.environment, option: () => undefined });
        const task = { files, given: typed, json: flags.json === true };
        if (flags.dryRun === true) {
          return dryRun(
            { ...task, options: checkedOptions(dryRunSchema, UPLOAD_FIELDS, given, 'tpe upload') },
            context,
          );
        }
        const options = checkedOptions(optionsSchema, UPLOAD_FIELDS, given, 'tpe upload');
        const { token } = context.environment;
        return upload({ ...task, options: token === undefined ? options : { ...options, token } }, context);
      });
    });
}

interface UploadTask<Options> {
  readonly files: readonly string[];
  readonly options: Options;
  /** What the command line itself said, for the next command. */
  readonly given: Readonly<Record<string, unknown>>;
  readonly json: boolean;
}

async function upload({ files, options, given, json }: UploadTask<UploadOptions>, context: Context): Promise<ExitCode> {
  const command: CommandWith = (changes) =>
    asTyped(uploadCommandLine(files, given, changes), context.environment.command);
  const source = await inputFiles(files, context);
  const uploader = uploaderOf(options, command);
  const display = await progressDisplay(context);
  const result = await withDisplay(
    uploader.upload(source, { signal: context.signal, onProgress: display.show }),
    display.stop,
    command,
  );
  if (result.kind === 'input-refused') return tellRefused(result, { json, command }, context);
  const code = exitCode(...reportReasons(result));
  const next = nextCommands(result, command, options).map((line) => asTyped(line, context.environment.command));
  if (json) printJson(context, { ...reportJson(result), next, exitCode: code });
  else context.stdout.write(reportText(result, next, context.style));
  return code;
}

async function dryRun(
  { files, options, given, json }: UploadTask<z.output<typeof dryRunSchema>>,
  context: Context,
): Promise<ExitCode> {
  const command: CommandWith = (changes) =>
    asTyped(uploadCommandLine(files, given, changes), context.environment.command);
  const source = await inputFiles(files, context);
  const display = await progressDisplay(context);
  const plan = await withDisplay(
    checkInput(source, checkOptionsSchema.strip().parse(options), { signal: context.signal, onProgress: display.show }),
    display.stop,
    command,
  );
  // Where nobody said whom to send to, an emulator as `tpe serve` starts it.
  const { endpoint = 'http://127.0.0.1:8181', client = 'demo' } = options;
  const next = command({ endpoint, client });
  return tellChecked(plan, { json, command }, `Nothing was sent. Next: ${next}`, context);
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
