/** `tpe serve`: the emulator, until somebody stops it. */
import { resolve } from 'node:path';
import { Command } from 'commander';
import { z } from 'zod';
import { applyDelayMs } from '../../protocol/rules/index.ts';
import {
  EmulatorError,
  emulatorOptionsOf,
  serveOptionsSchema,
  sourceSchema,
  startEmulator,
  type AttributeFile,
  type PartProblem,
  type RunningEmulator,
  type ServeOptions,
} from '../../server/index.ts';
import { printable } from '../printable.ts';
import { compareFile } from '../compare-file.ts';
import { batchLine, batchJson } from '../batch-line.ts';
import { readConfig } from '../config-file.ts';
import type { Context, Run } from '../context.ts';
import { jsonText } from '../printable.ts';
import { EXIT_CODES, type ExitCode } from '../exit-code.ts';
import { lineLog } from '../line-log.ts';
import { READING_FIELDS, RUNNING_FIELDS, SERVE_FIELDS } from '../option-fields.ts';
import { commandLine } from '../printed-command.ts';
import { addOptionFields, checkedOptions, givenOptions } from '../option-flags.ts';
import { packageVersion, samplePath } from '../package-file.ts';
import { refusedLine } from '../refused-line.ts';
import { readFaults } from '../faults-option.ts';
import { Problem } from '../problem.ts';
import { EMULATOR_ERRORS } from '../problem-of.ts';
import { plantProfiles, readProfilesFile } from '../profiles-file.ts';
import { shellWord } from '../shell-word.ts';
import type { Style } from '../style.ts';
import { unreachable } from '../unreachable.ts';

export function serveCommand(run: (run: Run) => Promise<void>): Command {
  const command = new Command('serve').description('start the emulator; Ctrl-C stops it');
  command.option('--json', 'the same as --log json');
  command.optionsGroup('Running it:');
  addOptionFields(command, RUNNING_FIELDS);
  command.optionsGroup('Readings, where the documents leave a choice (see tpe rules):');
  addOptionFields(command, READING_FIELDS);
  return command
    .addHelpText(
      'after',
      `
Examples:
  tpe serve                                     data in ./.tpe
  tpe serve --memory --pace immediate --port 0  nothing kept, nothing waited for
  tpe serve --profiles profiles.ndjson          profiles to start with
  tpe serve --faults faults.json                fails on purpose: docs/faults.md
  tpe serve --mode strict --status-shape 2020   refuses more, replies as in 2020
  TPE_PORT=9000 tpe serve                       options have variables as well

The section "serve" of tpe.config.json (or of --config FILE) says the same,
without the dashes and in camelCase; a variable goes before it, and a flag
before both.`,
    )
    .action(async () => {
      await run((context) => {
        const inFile = readConfig(context, 'serve', z.record(z.string(), z.unknown()));
        const given = { ...inFile, ...givenOptions(command, SERVE_FIELDS, context.environment) };
        const options = checkedOptions(serveOptionsSchema, SERVE_FIELDS, given, 'tpe serve');
        const json = options.log === 'json' || command.opts<{ json?: boolean }>().json === true;
        const typed = givenOptions(command, SERVE_FIELDS, { ...context.environment, option: () => undefined });
        return serve(options, json, context).catch((error: unknown) => {
          throw withRemedy(error, typed, json);
        });
      });
    });
}

/** The whole call again, with what stood in its way changed; a token that was given has no business in a log. */
function withRemedy(error: unknown, typed: Readonly<Record<string, unknown>>, json: boolean): unknown {
  const change = error instanceof EmulatorError ? remedyFor(error) : undefined;
  if (!(error instanceof EmulatorError) || change === undefined) return error;
  const { controlToken: _, ...rest } = typed;
  const next = `${commandLine('tpe serve', [], SERVE_FIELDS, { ...rest, ...change })}${json ? ' --json' : ''}`;
  const { code, message } = error;
  return new Problem(message, { ...EMULATOR_ERRORS[code], code, next, cause: error });
}

function remedyFor({ code, message }: EmulatorError): Readonly<Record<string, unknown>> | undefined {
  switch (code) {
    case 'port-in-use':
    case 'port-forbidden':
      // It names the flag of the port that cannot be had.
      if (message.includes('--sftp-port')) return { sftpPort: 0 };
      return message.includes('--tls-port') ? { tlsPort: 0 } : { port: 0 };
    case 'address-unavailable':
      return { host: '127.0.0.1' };
    case 'data-directory-in-use':
    case 'data-directory-unusable':
    case 'database-newer':
    case 'database-unusable':
      return { data: 'ANOTHER_DIRECTORY' };
    default:
      return undefined;
  }
}

async function serve(options: ServeOptions, json: boolean, context: Context): Promise<ExitCode> {
  const faults = options.faults === undefined ? undefined : await readFaults(options.faults);
  const seeds = options.profiles === undefined ? [] : await readProfilesFile(options.profiles, options.illegalIds);
  const print = lineLog(context.stdout);
  const log = <Told>(told: Told, line: (told: Told, style: Style) => string, asJson: (told: Told) => object) =>
    print(
      json ? jsonText({ time: new Date(context.now()).toISOString(), ...asJson(told) }) : line(told, context.style),
    );
  context.unread.addEventListener('abort', () => {
    context.stderr.write('tpe: nobody reads the log any more; the emulator goes on without it.\n');
  });
  const broken = new AbortController();
  const emulator = await startEmulator(emulatorOptionsOf(options), {
    compare: compareFile,
    on: {
      batchCompleted: (batch) => log(batch, batchLine, batchJson),
      bug: (id, error) => log({ id, stack: stackOf(error) }, bugLine, eventNamed('bug')),
      refused: (request) => log(request, refusedLine, eventNamed('refused')),
      problem: (problem) => log(problem, problemLine, eventNamed('problem')),
      fileEnded: (file) => log(file, fileLine, eventNamed('file')),
      failure: (error) => broken.abort(error),
    },
  });
  try {
    if (faults !== undefined) emulator.faults.set(faults);
    const count = await plantProfiles(seeds, emulator);
    const planted = readConfig(context, 'sources', sourcesSchema) ?? {};
    for (const [client, sources] of Object.entries(planted)) {
      for (const [alias, source] of Object.entries(sources))
        await emulator.customerAttributes.setSource(client, alias, source);
    }
    const banner = {
      version: packageVersion(),
      url: emulator.url,
      tlsUrl: emulator.tlsUrl,
      console: `${emulator.url}/__emulator/`,
      sftp: emulator.sftp,
      ...banneredOptions(options),
      ...(isTokenMade(options, emulator) && { controlToken: emulator.options.controlToken }),
      profiles: count,
    };
    log(banner, () => bannerText(emulator, options, count, context), eventNamed('listening'));
    await aborted(AbortSignal.any([context.signal, broken.signal]));
    broken.signal.throwIfAborted();
  } finally {
    await emulator.close();
  }
  const farewell = options.memory ? 'Stopped.' : 'Stopped; batches that are not complete go on at the next start.';
  log({}, (_, { dim }) => dim(farewell), eventNamed('stopped'));
  return EXIT_CODES.done;
}

/** One that was given is known to whoever gave it, and has no business in a log. */
const isTokenMade = (options: ServeOptions, emulator: RunningEmulator) =>
  options.controlToken === undefined && emulator.options.controlToken !== undefined;

const banneredOptions = ({ pace, seed, mode, memory, data }: ServeOptions) => ({
  data: memory ? undefined : data,
  pace,
  mode,
  seed,
});

function bannerText(emulator: RunningEmulator, options: ServeOptions, seeded: number, context: Context): string {
  const { bold, dim } = context.style;
  const sample = shellWord(`@${samplePath('documented-sample.txt', context.directory)}`);
  const token = shownToken(emulator, options);
  const facts: readonly (readonly [string, string])[] = [
    ['url', bold(emulator.url)],
    ['console', `${emulator.url}/__emulator/`],
    ...(token === undefined ? [] : doorFacts(emulator, token)),
    ...(emulator.tlsUrl === undefined
      ? []
      : [['https', `${bold(emulator.tlsUrl)} (trust its CA: tpe ca --how)`] as const]),
    ...(emulator.sftp === undefined ? [] : sftpFacts(emulator.sftp)),
    ['data', options.memory ? 'in memory, gone when this stops' : resolve(context.directory, options.data)],
    ['pace', paceText(options)],
    ['mode', options.mode],
    ['seed', String(options.seed)],
    ...(options.faults === undefined
      ? []
      : [['faults', Object.keys(emulator.faults.get()).join(', ') || 'none'] as const]),
    ...(seeded === 0 ? [] : [['profiles', `${seeded} written from ${options.profiles}`] as const]),
  ];
  return [
    `target-profile-emulator ${packageVersion()}  ${dim("Adobe Target's Bulk Profile Update API, v1 and v2. Not affiliated with Adobe.")}`,
    '',
    ...facts.map(([name, value]) => `  ${name.padEnd(9)} ${value}`),
    '',
    'Send the sample of the documentation, then ask what became of each row:',
    `  curl --data-binary ${sample} ${emulator.url}/m2/demo/v2/profile/batchUpdate`,
    `  curl ${token === undefined ? '' : `-H "Authorization: Bearer ${token}" `}'${emulator.url}/__emulator/batches?client=demo'`,
    ...(options.linkHost === 'edge' ? ['', edgeWarning(emulator.url)] : []),
    '',
  ].join('\n');
}

const sourcesSchema = z.record(z.string(), z.record(z.string(), sourceSchema));

/** What an SFTP client has to know. */
const sftpFacts = ({ port, fingerprint, knownHosts }: NonNullable<RunningEmulator['sftp']>) => [
  ['sftp', `port ${port}; an account for each source: tpe sources`] as const,
  ['host key', fingerprint] as const,
  ['', knownHosts] as const,
];

function fileLine({ client, alias, name, status, rows, fault }: AttributeFile, style: Style): string {
  const what = `${client} ${printable(alias)}/${printable(name)} ${status}`;
  if (fault === undefined) return `${what}: ${rows} rows`;
  const where = fault.row === undefined ? '' : `row ${fault.row}: `;
  return style.red(`${what}: ${where}${fault.message} (rule/${fault.rule})`);
}

/** In a command that works when typed; undefined where the control API wants none. */
function shownToken(emulator: RunningEmulator, options: ServeOptions): string | undefined {
  if (emulator.options.controlToken === undefined) return undefined;
  return isTokenMade(options, emulator) ? emulator.options.controlToken : '$TPE_CONTROL_TOKEN';
}

/** Who can come in, and what the control API wants of them. */
function doorFacts(
  { url, options: { host, controlToken } }: RunningEmulator,
  token: string,
): readonly (readonly [string, string])[] {
  return [
    ['host', `${host}: whoever reaches it may send and fetch; /__emulator wants the token`],
    ['token', token === controlToken ? `${token}  made for this run; TPE_CONTROL_TOKEN sets your own` : 'as given'],
    ['browser', `${url}/__emulator/login?token=${token}`],
  ];
}

/** Whoever follows such a link directly is gone, token and all. */
const edgeWarning = (url: string) =>
  `--link-host edge: status links name an edge of Adobe's. Send them here with http_proxy=${url}, or they reach the real service.`;

function paceText({ pace, clock }: ServeOptions): string {
  switch (pace) {
    case 'immediate':
      return 'immediate: batches complete at once';
    case 'realistic': {
      const seconds = applyDelayMs(pace, clock) / 1000;
      return `realistic: batches complete after ${seconds} s, and are incomplete at least once`;
    }
    case 'manual':
      return 'manual: batches wait until released through /__emulator';
    default:
      return unreachable(pace);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) done();
    else signal.addEventListener('abort', () => done(), { once: true });
  });
}

const eventNamed = (event: string) => (told: object) => ({ event, ...told });

const bugLine = ({ id, stack }: { readonly id: string; readonly stack: string }, { red }: Style) =>
  red(`bug/${id}: ${stack}`);

function problemLine({ part, message, isOver }: PartProblem, style: Style): string {
  return isOver ? style.green(`${part}: ${message}`) : style.red(`${part} has a problem: ${message}`);
}

const stackOf = (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error));
