/** `tpe serve`: the emulator, until somebody stops it. */
import { once } from 'node:events';
import { resolve } from 'node:path';
import { applyDelayMs } from '../../protocol/rules/index.ts';
import { DEFAULT_SETTINGS } from '../../protocol/vocabulary/index.ts';
import {
  type AttributeFile,
  EmulatorError,
  emulatorOptionsOf,
  type PartProblem,
  type RunningEmulator,
  type ServeOptions,
  serveOptionsSchema,
  startEmulator,
} from '../../server/index.ts';
import { compareFile } from '../compare-file.ts';
import { batchJson, batchLine, lineLog, refusedLine } from '../serve-log.ts';
import type { Context } from '../context.ts';
import { defineCommand } from '../define-command.ts';
import { asTyped, jsonText, printable, shellWord, type Style } from '../printable.ts';
import { EXIT_CODES, type ExitCode, Problem } from '../problem.ts';
import { fieldsOf, type Field } from '../schema-fields.ts';
import { commandLine } from '../printed-command.ts';
import { VERSION } from '../../protocol/version.ts';
import { samplePath } from '../package-file.ts';
import { readFaults } from '../faults-option.ts';
import { REMEDIES } from '../problem-of.ts';
import { plantProfiles, readProfilesFile } from '../profiles-file.ts';
import { type WatchedFolder, watchedFolder } from '../watched-folder.ts';

export const SERVE_FIELDS: readonly Field[] = fieldsOf(serveOptionsSchema, () => true, { ...DEFAULT_SETTINGS });
export const READING_FIELDS: readonly Field[] = SERVE_FIELDS.filter(({ name }) => name in DEFAULT_SETTINGS);
export const RUNNING_FIELDS: readonly Field[] = SERVE_FIELDS.filter(({ name }) => !(name in DEFAULT_SETTINGS));

export const serveCommand = defineCommand({
  name: 'serve',
  description: 'start the emulator; Ctrl-C stops it',
  json: 'the same as --log json',
  schema: serveOptionsSchema,
  fields: SERVE_FIELDS,
  groups: [
    ['Running it:', RUNNING_FIELDS],
    ['Readings, where the documents leave a choice (see tpe rules):', READING_FIELDS],
  ],
  complete: (given, { config }) => ({ ...config?.serve, ...given }),
  help: `
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
  async does({ options, json: isJson, typed }, context) {
    const json = isJson || options.log === 'json';
    return serve(options, json, context).catch((error: unknown) => {
      throw withRemedy(error, typed, json);
    });
  },
});

/** The whole call again, with what stood in its way changed; a token that was given has no business in a log. */
function withRemedy(error: unknown, typed: Readonly<Record<string, unknown>>, json: boolean): unknown {
  if (!(error instanceof EmulatorError)) return error;
  const { code, message } = error;
  const { reason, change } = REMEDIES[code];
  if (change === undefined) return error;
  // It names the flag of the port that cannot be had.
  const port = message.includes('--sftp-port') ? { sftpPort: 0 } : message.includes('--tls-port') && { tlsPort: 0 };
  const changed = ('port' in change && port) || change;
  const { controlToken: _, ...rest } = typed;
  const next = `${commandLine('tpe serve', [], SERVE_FIELDS, { ...rest, ...changed })}${json ? ' --json' : ''}`;
  return new Problem(message, { reason, code, next, cause: error });
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
  let folder: WatchedFolder | undefined;
  const emulator = await startEmulator(emulatorOptionsOf(options), {
    compare: compareFile,
    on: {
      batchCompleted: (batch) => log(batch, batchLine, batchJson),
      bug: (id, error) => log({ id, stack: stackOf(error) }, bugLine, eventNamed('bug')),
      refused: (request) => log(request, refusedLine, eventNamed('refused')),
      problem: (problem) => log(problem, problemLine, eventNamed('problem')),
      fileEnded(file) {
        log(file, fileLine, eventNamed('file'));
        folder?.look();
      },
      failure: (error) => broken.abort(error),
    },
  });
  try {
    if (faults !== undefined) emulator.faults.set(faults);
    const count = await plantProfiles(seeds, emulator);
    for (const [client, sources] of Object.entries(context.config?.sources ?? {})) {
      for (const [alias, source] of Object.entries(sources))
        await emulator.customerAttributes.setSource(client, alias, source);
    }
    if (options.watchAttributes !== undefined) {
      const directory = resolve(context.directory, options.watchAttributes);
      const look = () => emulator.takeFiles(directory);
      // What is wrong with it should be known before anybody waits.
      await look();
      folder = watchedFolder(directory, look, (error) =>
        log(
          { message: error instanceof Error ? error.message : String(error) },
          ({ message }, { red }) => red(message),
          eventNamed('folder'),
        ),
      );
    }
    const banner = {
      version: VERSION,
      url: emulator.url,
      tlsUrl: emulator.tlsUrl,
      console: `${emulator.url}/__emulator/`,
      sftp: emulator.sftp,
      data: options.memory ? undefined : options.data,
      pace: options.pace,
      mode: options.mode,
      seed: options.seed,
      ...(isTokenMade(options, emulator) && { controlToken: emulator.options.controlToken }),
      profiles: count,
    };
    log(banner, () => bannerText(emulator, options, count, context), eventNamed('listening'));
    const end = AbortSignal.any([context.signal, broken.signal]);
    if (!end.aborted) await once(end, 'abort');
    broken.signal.throwIfAborted();
  } finally {
    await folder?.close();
    await emulator.close();
  }
  const farewell = options.memory ? 'Stopped.' : 'Stopped; batches that are not complete go on at the next start.';
  log({}, (_, { dim }) => dim(farewell), eventNamed('stopped'));
  return EXIT_CODES.done;
}

/** One that was given is known to whoever gave it, and has no business in a log. */
const isTokenMade = (options: ServeOptions, emulator: RunningEmulator) =>
  options.controlToken === undefined && emulator.options.controlToken !== undefined;

function bannerText(emulator: RunningEmulator, options: ServeOptions, seeded: number, context: Context): string {
  const { bold, dim } = context.style;
  const { command } = context.environment;
  const sample = shellWord(`@${samplePath('documented-sample.txt', context.directory)}`);
  const token = shownToken(emulator, options);
  const { tlsUrl, sftp } = emulator;
  const facts = {
    url: bold(emulator.url),
    console: `${emulator.url}/__emulator/`,
    ...(token !== undefined && doorFacts(emulator, token)),
    https: tlsUrl && `${bold(tlsUrl)} (trust its CA: ${asTyped('tpe ca --how', command)})`,
    ...(sftp !== undefined && sftpFacts(sftp, command)),
    data: options.memory ? 'in memory, gone when this stops' : resolve(context.directory, options.data),
    watches: options.watchAttributes && resolve(context.directory, options.watchAttributes),
    pace: paceText(options),
    mode: options.mode,
    seed: String(options.seed),
    faults: options.faults && (Object.keys(emulator.faults.get()).join(', ') || 'none'),
    profiles: seeded === 0 ? undefined : `${seeded} written from ${options.profiles}`,
  };
  const lines = Object.entries(facts).flatMap(([name, value]) => (value ? [`  ${name.padEnd(9)} ${value}`] : []));
  return [
    `target-profile-emulator ${VERSION}  ${dim('Not affiliated with Adobe.')}`,
    '',
    ...lines,
    '',
    'Send the sample of the documentation, then ask what became of each row:',
    `  curl --data-binary ${sample} \\`,
    `    ${emulator.url}/m2/demo/v2/profile/batchUpdate`,
    `  curl ${token === undefined ? '' : `-H "Authorization: Bearer ${token}" `}'${emulator.url}/__emulator/batches?client=demo'`,
    ...(options.linkHost === 'edge' ? ['', edgeWarning(emulator.url)] : []),
    '',
  ].join('\n');
}

/** What an SFTP client has to know. */
const sftpFacts = ({ port, fingerprint, knownHosts }: NonNullable<RunningEmulator['sftp']>, command: string) => ({
  sftp: `port ${port}; an account for each source: ${asTyped('tpe sources', command)}`,
  'host key': fingerprint,
  '': knownHosts,
});

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
const doorFacts = ({ url, options: { host, controlToken } }: RunningEmulator, token: string) => ({
  host: `${host}: whoever reaches it may send and fetch; /__emulator wants the token`,
  token: token === controlToken ? `${token}  made for this run; TPE_CONTROL_TOKEN sets your own` : 'as given',
  browser: `${url}/__emulator/login?token=${token}`,
});

/** Whoever follows such a link directly is gone, token and all. */
const edgeWarning = (url: string) =>
  `--link-host edge: status links name an edge of Adobe's. Send them here with http_proxy=${url}, or they reach the real service.`;

function paceText({ pace, clock }: ServeOptions): string {
  if (pace === 'immediate') return 'immediate: batches complete at once';
  if (pace === 'manual') return 'manual: batches wait until released through /__emulator';
  return `realistic: batches complete after ${applyDelayMs(pace, clock) / 1000} s, incomplete at least once`;
}

const eventNamed = (event: string) => (told: object) => ({ event, ...told });

const bugLine = ({ id, stack }: { readonly id: string; readonly stack: string }, { red }: Style) =>
  red(`bug/${id}: ${stack}`);

function problemLine({ part, message, isOver }: PartProblem, style: Style): string {
  return isOver ? style.green(`${part}: ${message}`) : style.red(`${part} has a problem: ${message}`);
}

const stackOf = (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error));
