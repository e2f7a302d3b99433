/** Files of what did not get through: each problem with its place, failed ids, and the rows of unsettled parts as they were sent. */
import { open, type FileHandle } from 'node:fs/promises';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { makePrivately } from '../../sqlite/private-directory.ts';
import type { Errand } from '../errand.ts';
import type { InputProblem } from '../read/input-problem.ts';
import { reasonOf } from '../reason-of.ts';
import { UploadError, isUploadError } from '../upload-error.ts';
import type { UploadReport } from './upload-report.ts';

export interface ProblemFile {
  readonly add: (problem: InputProblem) => void;
  close(): Promise<void>;
}

/** Made with the first problem; lines are held until they make a block. `input` is the file where a problem names none. */
export function problemFile(directory: string, id: string, input: string): ProblemFile {
  let lines = '';
  let file: Promise<FileHandle> | undefined;
  let writing = Promise.resolve();
  const flush = () => {
    const text = lines;
    lines = '';
    file ??= createFile(directory, `${id}-problems.csv`);
    const opened = file;
    writing = writing.then(async () => (await opened).appendFile(text));
    // Told by `close`.
    writing.catch(() => undefined);
  };
  return {
    add({ file: where = input, line, column, name, rule, message }) {
      if (lines === '' && file === undefined) lines = 'file,line,column,name,rule,reason\n';
      lines += `${[where, line, column, name, rule, message].map(csvCell).join(',')}\n`;
      if (lines.length > BLOCK_CHARACTERS) flush();
    },
    async close() {
      if (lines !== '') flush();
      await writing.catch(rethrown(directory));
      await (await file)?.close();
    },
  };
}

const BLOCK_CHARACTERS = 64 * 1024;

/** Failed ids where the service named them, and the encoded rows of every part that is not settled. */
export async function writeOutcomes({ job, options }: Errand, report: UploadReport): Promise<void> {
  const { outcomes } = options;
  if (outcomes === undefined) return;
  const failed = report.parts.flatMap(({ part, failedIds }) => failedIds.map((id) => `${part},${csvCell(id)}\n`));
  try {
    if (failed.length > 0) {
      const file = await createFile(outcomes, `${job.id}-failed-ids.csv`);
      await file.writeFile(`part,id\n${failed.join('')}`);
      await file.close();
    }
    for (const part of report.openParts) {
      const file = await createFile(outcomes, `${job.id}-unsettled-part-${part}.txt`);
      await pipeline(job.body(part).open(), createWriteStream('', { fd: file }));
    }
  } catch (error) {
    rethrown(outcomes)(error);
  }
}

/** Nobody else may read it; a later run of the same job writes it anew. */
async function createFile(directory: string, name: string): Promise<FileHandle> {
  makePrivately(directory);
  return open(join(directory, name), 'w', 0o600);
}

function csvCell(value: string | number | undefined): string {
  const text = String(value ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function rethrown(directory: string) {
  return (cause: unknown): never => {
    if (isUploadError(cause, 'spool-unusable')) throw cause;
    throw new UploadError('spool-unusable', `Cannot write the outcomes to ${directory}: ${reasonOf(cause)}.`, {
      cause,
    });
  };
}
