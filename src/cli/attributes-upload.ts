/** What `tpe upload --as customer-attributes` needs beside the export, and what it tells when it is done. */
import { readFileSync } from 'node:fs';
import { isLoopbackHost } from '../client/endpoint.ts';
import { type AttributesReport, openJobs } from '../client/index.ts';
import { type Context, printJson } from './context.ts';
import { assertNoDirectory } from './named-file.ts';
import { asTyped, counted, linesText, printable, shellWord } from './printable.ts';
import { exitCode, type ExitCode, wrongUsage } from './problem.ts';
import type { CommandOptions } from './upload-fields.ts';

/** Nothing is sent to a server that nobody said is known. */
export function attributesPlace({ sftp, sftpKnownHosts }: CommandOptions, context: Context) {
  if (sftp === undefined) throw usage('Say which SFTP account: --sftp sftp://USER@HOST:PORT');
  const knownHosts = hostsOf(sftpKnownHosts);
  if (knownHosts === undefined)
    throw usage('Say whose host key is trusted: --sftp-known-hosts FILE, with the line that tpe serve prints');
  return { url: new URL(sftp), password: passwordOf(context), knownHosts };
}

export const hostsOf = (file: string | undefined) => file && readFileSync(assertNoDirectory(file), 'utf8');

export function passwordOf({ environment }: Context): string {
  const password = environment.option('TPE_SFTP_PASSWORD');
  if (password === undefined) throw usage('The password of the account comes from TPE_SFTP_PASSWORD');
  return password;
}

/** Whether a job is sent this way. */
export async function isOfAttributes(job: string, state: string | undefined): Promise<boolean> {
  if (state === undefined) return false;
  const jobs = await openJobs(state);
  try {
    return jobs.show(job).way === 'customer-attributes';
  } finally {
    jobs.close();
  }
}

interface Telling {
  readonly json: boolean;
  readonly resume: (job: string) => string;
  /** The emulator, where it was named. */
  readonly endpoint?: string | undefined;
}

/** SFTP says that a file has failed, and not why: that the source knows. */
export async function tellAttributes(report: AttributesReport, telling: Telling, context: Context): Promise<ExitCode> {
  const { state, file, rows, skippedRows, job } = report;
  const { username, hostname } = new URL(report.account);
  const [client = '', ...rest] = decodeURIComponent(username).split('.');
  const source = { client, alias: rest.join('.'), file };
  const port = context.environment.option('TPE_PORT') ?? '8181';
  const url = telling.endpoint ?? `http://${hostname}:${port}`;
  const reason =
    state === 'failed' && isLoopbackHost(new URL(url).hostname) ? await reasonAt(url, source, context) : '';
  const shown = `tpe sources show ${shellWord(source.alias)} --client ${shellWord(client)} --url ${shellWord(url)}`;
  const helps = job === undefined ? [shown] : [telling.resume(job), shown];
  const next = state === 'processed' ? [] : helps.map((line) => asTyped(line, context.environment.command));
  const code = exitCode(state === 'failed' ? 'refused' : 'done', skippedRows > 0 ? 'rowsRejected' : 'done');
  if (telling.json) printJson(context, { ...report, ...(reason !== '' && { reason }), next, exitCode: code });
  else {
    const left = skippedRows === 0 ? '' : `, ${skippedRows} left out`;
    const why = state === 'failed' && (reason || 'SFTP does not tell why; the emulator does (--url is its address)');
    context.stdout.write(
      linesText(
        `${state}  ${file}: ${counted(rows, 'row')}${left}`,
        why && `${why}.`,
        next.map((line) => `Next: ${line}`),
      ),
    );
  }
  return code;
}

/** Of the emulator on this machine, if it is the one that has the file: nobody waits long for it, and it changes nothing. */
async function reasonAt(
  url: string,
  { client, alias, file }: Readonly<Record<'client' | 'alias' | 'file', string>>,
  context: Context,
): Promise<string> {
  const { runningEmulator } = await import('./ask-control-api.ts');
  const { sourceOperations } = await import('../server/harness/source-operations.ts');
  const { whyText } = await import('./commands/sources.ts');
  const controlToken = context.environment.option('TPE_CONTROL_TOKEN');
  try {
    const { ask } = runningEmulator({ url, controlToken }, context, REASON_TIMEOUT_MS);
    const { files } = await ask(sourceOperations.files, client, alias);
    const found = files.find(({ name }) => name === file);
    return found === undefined ? '' : printable(whyText(found));
  } catch {
    return '';
  }
}

const REASON_TIMEOUT_MS = 2_000;

const usage = (message: string) => wrongUsage('tpe upload', message);
