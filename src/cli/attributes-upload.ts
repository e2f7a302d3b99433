/** What `tpe upload --as customer-attributes` needs beside the export, and what it tells when it is done. */
import { readFileSync } from 'node:fs';
import { type AttributesReport, openJobs } from '../client/index.ts';
import { type Context, printJson } from './context.ts';
import { exitCode, type ExitCode, wrongUsage } from './problem.ts';
import { assertNoDirectory } from './named-file.ts';
import { asTyped, counted, shellWord } from './printable.ts';
import type { CommandOptions } from './upload-fields.ts';

/** Nothing is sent to a server that nobody said is known. */
export function attributesPlace({ sftp, sftpKnownHosts: file }: CommandOptions, context: Context) {
  if (sftp === undefined) throw usage('Say which SFTP account: --sftp sftp://USER@HOST:PORT');
  if (file === undefined)
    throw usage('Say whose host key is trusted: --sftp-known-hosts FILE, with the line that tpe serve prints');
  if (!URL.canParse(sftp)) throw usage(`--sftp ${sftp} is no address: sftp://USER@HOST:PORT`);
  return {
    url: new URL(sftp),
    password: passwordOf(context),
    knownHosts: readFileSync(assertNoDirectory(file), 'utf8'),
  };
}

export function passwordOf({ environment }: Context): string {
  const password = environment.option('TPE_SFTP_PASSWORD');
  if (password === undefined) throw usage('The password of the account comes from TPE_SFTP_PASSWORD');
  return password;
}

/** Its account, where the job is one of customer attributes. */
export async function attributesAccount(job: string, state: string | undefined): Promise<string | undefined> {
  if (state === undefined) return undefined;
  const jobs = await openJobs(state);
  try {
    const { way, account } = jobs.show(job);
    return way === 'bulk' ? undefined : account;
  } finally {
    jobs.close();
  }
}

/** SFTP says that a file has failed, and not why: that the source knows. */
export function tellAttributes(
  report: AttributesReport,
  sftp: string,
  { json, resume }: { readonly json: boolean; readonly resume: (job: string) => string },
  context: Context,
): ExitCode {
  const { state, file, rows, skippedRows, job } = report;
  const [client = '', ...alias] = decodeURIComponent(new URL(sftp).username).split('.');
  const shown = `tpe sources show ${shellWord(alias.join('.'))} --client ${shellWord(client)}`;
  const helps = job === undefined ? [shown] : [resume(job), shown];
  const next = state === 'processed' ? [] : helps.map((line) => asTyped(line, context.environment.command));
  const code = exitCode(state === 'failed' ? 'refused' : 'done', skippedRows > 0 ? 'rowsRejected' : 'done');
  if (json) printJson(context, { ...report, next, exitCode: code });
  else {
    const left = skippedRows === 0 ? '' : `, ${skippedRows} left out`;
    context.stdout.write(
      `${state}  ${file}: ${counted(rows, 'row')}${left}\n${next.map((line) => `Next: ${line}\n`).join('')}`,
    );
  }
  return code;
}

const usage = (message: string) => wrongUsage('tpe upload', message);
