/** Files of what did not get through: problems with their rows, failed ids, and the rows of unsettled parts as they were sent. */
import { open, type FileHandle } from 'node:fs/promises';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { makePrivately } from '../../sqlite/private-directory.ts';
import type { FoundProblem } from '../read/input-problem.ts';
import { reasonOf } from '../reason-of.ts';
import type { Errand } from '../services.ts';
import { UploadError, isUploadError } from '../upload-error.ts';
import type { UploadReport } from './upload-report.ts';

export interface ProblemFiles {
  readonly add: (problem: FoundProblem) => void;
  close(): Promise<void>;
}

/** Each problem with its place, reason and row; and the rows alone, to be corrected and sent again. `input` names the file. */
export function problemFiles(directory: string, id: string, input: string): ProblemFiles {
  const problems = textFile(directory, `${id}-problems.csv`, 'file,line,column,name,rule,reason,row\n');
  /** By header row: files may have different ones. */
  const rows = new Map<string, TextFile>();
  let last = '';
  return {
    add({ file = input, line, column, name, rule, message, row, header = '' }) {
      problems.add(`${[file, line, column, name, rule, message, row?.trimEnd()].map(csvCell).join(',')}\n`);
      // It may have several problems.
      if (row === undefined || last === `${file}:${line}`) return;
      last = `${file}:${line}`;
      const isJson = header === '';
      const kind = isJson ? 'ndjson' : header.startsWith('batch=') ? 'txt' : 'csv';
      const number = rows.size === 0 ? '' : `-${rows.size + 1}`;
      const place = rows.get(header) ?? textFile(directory, `${id}-problem-rows${number}.${kind}`, MARK + header);
      rows.set(header, place);
      place.add(isJson ? `${row.trim().replaceAll(/\s*\n\s*/g, ' ')}\n` : row.endsWith('\n') ? row : `${row}\n`);
    },
    async close() {
      for (const file of [problems, ...rows.values()]) await file.close();
    },
  };
}

/** Whatever encoding is named again, it is UTF-8 now. */
const MARK = '\uFEFF';

type TextFile = ReturnType<typeof textFile>;

/** Made with the first text; texts are held until they make a block. */
function textFile(directory: string, name: string, start: string) {
  let held = '';
  let file: Promise<FileHandle> | undefined;
  let writing = Promise.resolve();
  const flush = () => {
    const text = held;
    held = '';
    const opened = (file ??= createFile(directory, name));
    writing = writing.then(async () => (await opened).appendFile(text));
    // Told by `close`.
    writing.catch(() => undefined);
  };
  return {
    add(text: string) {
      held += held === '' && file === undefined ? start + text : text;
      if (held.length > BLOCK_CHARACTERS) flush();
    },
    async close() {
      if (held !== '') flush();
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
    const message = `Cannot write the outcomes to ${directory}: ${reasonOf(cause)}.`;
    throw new UploadError('spool-unusable', message, { cause });
  };
}
