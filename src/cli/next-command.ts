/** The exact commands that help after an upload that did not end well, ready to paste. */
import type { UploadOptions, UploadReport } from '../client/index.ts';
import { UPLOAD_FIELDS } from './upload-fields.ts';
import { flagOf } from './option-flags.ts';
import { listWord, type Field } from './schema-fields.ts';
import { shellWord } from './shell-word.ts';

/** Makes a command line of the one that was typed, with some options changed. */
export type CommandWith = (changes: Readonly<Record<string, unknown>>) => string;

export function uploadCommandLine(
  files: string | readonly string[],
  given: Readonly<Record<string, unknown>>,
  changes: Readonly<Record<string, unknown>>,
): string {
  return fileCommandLine('tpe upload', files, UPLOAD_FIELDS, { ...given, ...changes });
}

export function fileCommandLine(
  command: string,
  files: string | readonly string[],
  fields: readonly Field[],
  values: Readonly<Record<string, unknown>>,
): string {
  // A name that begins with a dash would be taken for a flag.
  const names = [files].flat().map((file) => (file.startsWith('-') && file !== '-' ? `./${file}` : file));
  return commandLine(command, names, fields, values);
}

/** What the environment said is not among the values: it still says it. */
export function commandLine(
  command: string,
  argument: string | readonly string[],
  fields: readonly Field[],
  values: Readonly<Record<string, unknown>>,
): string {
  const flags = fields.flatMap((field) => flagWords(field, values[field.name]));
  return [command, ...[argument].flat().map(shellWord), ...flags].join(' ');
}

/** Status first, because an accepted part must not be sent again without need. A stuck one must: it is harmless. */
export function nextCommands(report: UploadReport, command: CommandWith, options: UploadOptions): readonly string[] {
  const allow = (options.allowHosts ?? []).join(',');
  const trust = [
    `--endpoint ${shellWord(options.endpoint)}`,
    ...(allow === '' ? [] : [`--allow-hosts ${shellWord(allow)}`]),
  ].join(' ');
  const follow = report.openLinks.map((link) => `tpe status ${shellWord(link)} --wait ${trust}`);
  const stuck = report.parts.find(({ state }) => state === 'stuck')?.part;
  const fromPart = Math.min(stuck ?? Infinity, report.nextPart ?? Infinity);
  return fromPart === Infinity ? follow : [...follow, command({ fromPart })];
}

function flagWords(field: Field, value: unknown): readonly string[] {
  if (value === undefined) return [];
  if (field.kind === 'switch') return value === field.default ? [] : [flagOf(field)];
  return [field.flag, shellWord(valueText(value))];
}

function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.map((name) => listWord(String(name))).join(',');
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([from, to]) => `${listWord(from)}=${listWord(String(to))}`)
      .join(',');
  }
  return String(value);
}
