/** `tpe serve`: the emulator, until somebody stops it. */
import { once } from 'node:events';
import { resolve } from 'node:path';
import { applyDelayMs } from '../../protocol/rules/index.ts';
import { VERSION } from '../../protocol/version.ts';
import { DEFAULT_SETTINGS } from '../../protocol/vocabulary/index.ts';
import { emulatorOptionsOf, serveOptionsSchema, startEmulator } from '../../server/index.ts';
import type { RunningEmulator, ServeOptions } from '../../server/index.ts';
import { compareFile } from '../compare-file.ts';
import type { Context } from '../context.ts';
import { defineCommand } from '../define-command.ts';
import { samplePath } from '../package-file.ts';
import { asTyped, linesText, shellWord } from '../printable.ts';
import { EXIT_CODES, type ExitCode, startRemedy } from '../problem.ts';
import { fieldsOf } from '../schema-fields.ts';
import { loggedEvents, serveLog } from '../serve-log.ts';
import { startingState } from '../starting-state.ts';
import { type WatchedFolder, watchedFolder } from '../watched-folder.ts';

export const SERVE_FIELDS = fieldsOf(serveOptionsSchema, () => true, DEFAULT_SETTINGS);

export const serveCommand = defineCommand({
  name: 'serve',
  description: 'start the emulator; Ctrl-C stops it',
  json: 'the same as --log json',
  schema: serveOptionsSchema,
  fields: SERVE_FIELDS,
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
  async does({ options, json, again }, context) {
    return serve(options, json || options.log === 'json', context).catch(async (error: unknown) => {
      throw await startRemedy(error, again);
    });
  },
});

async function serve(options: ServeOptions, json: boolean, context: Context): Promise<ExitCode> {
  const plant = await startingState(options);
  const log = serveLog(context, json);
  context.unread.addEventListener('abort', () => {
    context.stderr.write('tpe: nobody reads the log any more; the emulator goes on without it.\n');
  });
  const broken = new AbortController();
  const logged = loggedEvents(log);
  let folder: WatchedFolder | undefined;
  const emulator = await startEmulator(emulatorOptionsOf(options), {
    compare: compareFile,
    on: {
      ...logged,
      fileEnded(file) {
        logged.fileEnded(file);
        folder?.look();
      },
      failure: (error) => broken.abort(error),
    },
  });
  try {
    const profiles = await plant(emulator);
    for (const [client, sources] of Object.entries(context.config?.sources ?? {})) {
      for (const [alias, source] of Object.entries(sources))
        await emulator.customerAttributes.setSource(client, alias, source);
    }
    if (options.watchAttributes !== undefined) {
      const directory = resolve(context.directory, options.watchAttributes);
      const look = () => emulator.takeFiles(directory);
      // What is wrong with it should be known before anybody waits.
      await look();
      folder = watchedFolder(directory, look, (error) => {
        const message = error instanceof Error ? error.message : String(error);
        log('folder', { message }, ({ red }) => red(message));
      });
    }
    const { url, tlsUrl, sftp } = emulator;
    const { pace, mode, seed } = options;
    const data = options.memory ? undefined : options.data;
    const told = { version: VERSION, url, tlsUrl, console: `${url}/__emulator/`, sftp, data, pace, mode, seed };
    // One that was given is known to whoever gave it, and has no business in a log.
    const controlToken = options.controlToken === undefined ? emulator.options.controlToken : undefined;
    const banner = () => bannerText(emulator, options, { profiles, controlToken }, context);
    log('listening', { ...told, controlToken, profiles }, banner);
    const end = AbortSignal.any([context.signal, broken.signal]);
    if (!end.aborted) await once(end, 'abort');
    broken.signal.throwIfAborted();
  } finally {
    await folder?.close();
    await emulator.close();
  }
  const farewell = options.memory ? 'Stopped.' : 'Stopped; batches that are not complete go on at the next start.';
  log('stopped', {}, ({ dim }) => dim(farewell));
  return EXIT_CODES.done;
}

/** `made`: how many profiles it begins with, and the token that was made for this run. */
function bannerText(
  { url, tlsUrl, sftp, faults, options: { host } }: RunningEmulator,
  options: ServeOptions,
  made: { readonly profiles: number; readonly controlToken: string | undefined },
  { style: { bold, dim }, environment, directory }: Context,
): string {
  const typed = (command: string) => asTyped(command, environment.command);
  const sample = shellWord(`@${samplePath('documented-sample.txt', directory)}`);
  // In a command that works when typed; undefined where the control API wants none.
  const token = made.controlToken ?? (options.controlToken && '$TPE_CONTROL_TOKEN');
  const facts: Readonly<Record<string, string | false | undefined>> = {
    url: bold(url),
    console: `${url}/__emulator/`,
    host: token && `${host}: whoever reaches it may send and fetch; /__emulator wants the token`,
    token: token && (made.controlToken ? `${token}  made for this run; TPE_CONTROL_TOKEN sets your own` : 'as given'),
    browser: token && `${url}/__emulator/login?token=${token}`,
    https: tlsUrl && `${bold(tlsUrl)} (trust its CA: ${typed('tpe ca --how')})`,
    sftp: sftp && `port ${sftp.port}; an account for each source: ${typed('tpe sources')}`,
    'host key': sftp?.fingerprint,
    '': sftp?.knownHosts,
    data: options.memory ? 'in memory, gone when this stops' : resolve(directory, options.data),
    watches: options.watchAttributes && resolve(directory, options.watchAttributes),
    pace: paceText(options),
    mode: options.mode,
    seed: String(options.seed),
    faults: options.faults && (Object.keys(faults.get()).join(', ') || 'none'),
    profiles: made.profiles > 0 && `${made.profiles} written from ${options.profiles}`,
  };
  return linesText(
    `target-profile-emulator ${VERSION}  ${dim('Not affiliated with Adobe.')}`,
    '',
    Object.entries(facts).map(([name, value]) => (value ? `  ${name.padEnd(9)} ${value}` : undefined)),
    '',
    'Send the sample of the documentation, then ask what became of each row:',
    `  curl --data-binary ${sample} \\`,
    `    ${url}/m2/demo/v2/profile/batchUpdate`,
    `  curl ${token ? `-H "Authorization: Bearer ${token}" ` : ''}'${url}/__emulator/batches?client=demo'`,
    // Whoever follows such a link directly is gone, token and all.
    options.linkHost === 'edge' && [
      '',
      `--link-host edge: status links name an edge of Adobe's. Send them here with http_proxy=${url}, or they reach the real service.`,
    ],
  );
}

function paceText({ pace, clock }: ServeOptions): string {
  if (pace === 'immediate') return 'immediate: batches complete at once';
  if (pace === 'manual') return 'manual: batches wait until released through /__emulator';
  return `realistic: batches complete after ${applyDelayMs(pace, clock) / 1000} s, incomplete at least once`;
}
