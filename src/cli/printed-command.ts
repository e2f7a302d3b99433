/** Command lines that are printed to be typed: the same again, a job's resumption, what helps after an upload. */
import { join, resolve } from 'node:path';
import type { PartReport, UploadReport } from '../client/index.ts';
import { CONFIG_FILE, type Context } from './context.ts';
import { type Field, flagOf, listWord } from './schema-fields.ts';
import { asTyped, shellWord } from './printable.ts';

export function commandLine(
  command: string,
  files: string | readonly string[],
  fields: readonly Field[],
  values: Readonly<Record<string, unknown>>,
): string {
  // A name that begins with a dash would be taken for a flag.
  const names = [files].flat().map((file) => shellWord(file.startsWith('-') && file !== '-' ? `./${file}` : file));
  const flags = fields.flatMap((field) => {
    const value = values[field.name];
    if (value === undefined || (field.kind === 'switch' && value === field.default)) return [];
    return field.kind === 'switch' ? [flagOf(field)] : [field.flag, shellWord(valueText(value))];
  });
  return [command, ...names, ...flags].join(' ');
}

function valueText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return value.map((name) => listWord(String(name))).join(',');
  const pairs = Object.entries(value).map(([from, to]) => `${listWord(from)}=${listWord(String(to))}`);
  return pairs.join(',');
}

/** Makes a command line of the one that was typed, with some options changed. */
export type CommandWith = (changes: Readonly<Record<string, unknown>>) => string;

export interface TypedCommand {
  /** `tpe upload` */
  readonly line: string;
  readonly files: string | readonly string[];
  readonly fields: readonly Field[];
  /** What flags said, and what else the next shell may not say. */
  readonly given: Readonly<Record<string, unknown>>;
  readonly json: boolean;
}

/** As it is typed here, `switches` included; what was piped in is no part of it, so that this alone would wait for it. */
export function commandAgain(
  { line, files, fields, given, json }: TypedCommand,
  { environment }: Context,
  switches = '',
): CommandWith {
  return (changes) => {
    const again = commandLine(line, files, fields, { ...given, ...changes });
    const typed = asTyped(`${again}${switches}${json ? ' --json' : ''}`, environment.command);
    return [files].flat().includes('-') ? `pipe the same input into: ${typed}` : typed;
  };
}

/** `flags` say where the job is remembered, and whose token is to be used. */
export const resumeCommandLine = (job: string, flags: string, more = '') => `tpe upload --resume ${job}${flags}${more}`;

export interface NextParts {
  readonly report: UploadReport;
  /** Goes on with the report's job. */
  readonly resume: (job: string) => string;
  /** The whole upload anew. */
  readonly command: CommandWith;
  /** Where it was sent, if this run was told. */
  readonly endpoint?: string | undefined;
  readonly allowHosts?: readonly string[] | undefined;
}

/** A job goes on by its name. What nobody remembers is asked for by its links, and sent anew. */
export function nextCommands(parts: NextParts): readonly string[] {
  const { report, resume, command, endpoint = '', allowHosts = [] } = parts;
  // A network that is not worth another try speaks no TLS: the job has kept the address, so it is no way on.
  if (report.parts.some(({ error }) => error?.code === 'network' && !error.retryable))
    return endpoint === '' ? [] : [command({ endpoint: endpoint.replace(/^https:/, 'http:') })];
  const isHelped = report.parts.some((part) => canBeHelped(part)) || report.state === 'interrupted';
  if (report.job !== undefined) return isHelped ? [resume(report.job)] : [];
  const hosts = allowHosts.length === 0 ? '' : ` --allow-hosts ${shellWord(allowHosts.join(','))}`;
  const trust = `--endpoint ${shellWord(endpoint)}${hosts}`;
  const follow = report.openLinks.map((link) => `tpe status ${shellWord(link)} --wait ${trust}`);
  const isUnsent = report.parts.some((part) => (part.state === 'stuck' || !part.accepted) && canBeHelped(part));
  return isUnsent ? [...follow, command({})] : follow;
}

/** What is refused for good is refused again, except where another token mends it. */
function canBeHelped({ state, error }: PartReport): boolean {
  if (state === 'timed-out') return error?.code !== 'link-refused';
  if (state !== 'failed') return state !== 'done' && state !== 'rejected-rows' && state !== 'not-sent';
  return error?.retryable === true || error?.code === 'untrusted' || TOKEN_STATUSES.has(error?.status);
}

const TOKEN_STATUSES: ReadonlySet<number | undefined> = new Set([401, 403, 407]);

/** Undefined for `off`. */
export function statePlace(given: string | undefined, { directory, environment }: Context): string | undefined {
  if (given === 'off') return undefined;
  return given === undefined ? join(environment.stateHome, 'tpe') : resolve(directory, given);
}

/** Empty for the place that every shell of this user finds. */
export function stateFlag(place: string | undefined, { environment }: Context): string {
  if (place === undefined || place === join(environment.usualStateHome, 'tpe')) return '';
  return ` --state ${shellWord(place)}`;
}

/** What the next shell may not know of a whole upload either: where jobs are remembered, if a variable of this one says so. */
export const shellsState = (context: Context): { readonly state?: string | undefined } =>
  stateFlag(statePlace(undefined, context), context) === '' ? {} : { state: statePlace(undefined, context) };

/** Empty for the file that every shell in this directory finds. */
export function configFlag({ config, directory }: Context): string {
  return config === undefined || config.path === resolve(directory, CONFIG_FILE)
    ? ''
    : ` --config ${shellWord(config.path)}`;
}
