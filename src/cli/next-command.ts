/** The exact commands that help after an upload that did not end well, ready to paste. */
import type { PartReport, UploadOptions, UploadReport } from '../client/index.ts';
import { UPLOAD_FIELDS } from './upload-fields.ts';
import { commandLine } from './printed-command.ts';
import type { Field } from './schema-fields.ts';
import { asTyped, shellWord } from './shell-word.ts';

/** Makes a command line of the one that was typed, with some options changed. */
export type CommandWith = (changes: Readonly<Record<string, unknown>>) => string;

/** `given` is what flags, environment and account said together: the next shell may say something else. */
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

/** As it is typed here; what was piped in is no part of a command line, so that this one alone would wait for it. */
export function typedAgain(line: string, files: string | readonly string[], name: string): string {
  const typed = asTyped(line, name);
  return [files].flat().includes('-') ? `pipe the same input into: ${typed}` : typed;
}

/** `flags` say where the job is remembered, and whose token is to be used. */
export function resumeCommandLine(job: string, flags: string, more = ''): string {
  return `tpe upload --resume ${job}${flags}${more}`;
}

export interface NextParts {
  readonly report: UploadReport;
  /** Goes on with the report's job. */
  readonly resume: (job: string) => string;
  /** The whole upload anew. */
  readonly command: CommandWith;
  readonly options: Pick<UploadOptions, 'endpoint' | 'allowHosts'>;
}

/** A job goes on by its name. What nobody remembers is asked for by its links, and sent anew. */
export function nextCommands({ report, resume, command, options }: NextParts): readonly string[] {
  const isHelped = report.parts.some((part) => canBeHelped(part)) || report.state === 'interrupted';
  if (report.job !== undefined) return isHelped ? [resume(report.job)] : [];
  const allow = (options.allowHosts ?? []).join(',');
  const trust = [
    `--endpoint ${shellWord(options.endpoint)}`,
    ...(allow === '' ? [] : [`--allow-hosts ${shellWord(allow)}`]),
  ].join(' ');
  const follow = report.openLinks.map((link) => `tpe status ${shellWord(link)} --wait ${trust}`);
  const isUnsent = report.parts.some((part) => (part.state === 'stuck' || !part.accepted) && canBeHelped(part));
  return isUnsent ? [...follow, command({})] : follow;
}

/** What is refused for good is refused again, except where another token mends it. */
function canBeHelped({ state, error }: PartReport): boolean {
  switch (state) {
    case 'done':
    case 'rejected-rows':
    case 'not-sent':
      return false;
    case 'timed-out':
      return error?.code !== 'link-refused';
    case 'failed':
      return error?.retryable === true || error?.code === 'untrusted' || isAboutTheToken(error);
    default:
      return true;
  }
}

function isAboutTheToken(error: PartReport['error']): boolean {
  return TOKEN_STATUSES.has(error?.status);
}

const TOKEN_STATUSES: ReadonlySet<number | undefined> = new Set([401, 403, 407]);
