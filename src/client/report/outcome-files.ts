/** Files of what did not get through: problems with their rows, failed ids, and the rows of unsettled parts as they were sent. */
import { createWriteStream, type WriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { makePrivately } from '../../sqlite/private-paths.ts';
import type { FoundProblem } from '../read/input-problem.ts';
import { isFull, isUploadError, reasonOf, UploadError } from '../upload-error.ts';
import type { Errand } from '../services.ts';
import type { UploadReport } from './upload-report.ts';

/**
 * Each problem with its place, reason and row; and the rows alone, to be corrected and sent again. `input` names the file.
 * Makes the directory, for what cannot be made there is told before anything is sent. @throws `spool-unusable`
 */
export function problemFiles(directory: string, id: string, input: string) {
  privately(directory);
  const problems = textFile(directory, `${id}-problems.csv`, 'file,line,column,name,rule,reason,row\n');
  /** By header row: files may have different ones. */
  const rows = new Map<string, TextFile>();
  let last = '';
  return {
    add({ file = input, line, column, name, rule, message, row, header = '' }: FoundProblem): void {
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
    async close(): Promise<void> {
      for (const file of [problems, ...rows.values()]) await file.close();
    },
  };
}

/** Whatever encoding is named again, it is UTF-8 now. */
const MARK = '\uFEFF';

type TextFile = ReturnType<typeof textFile>;

/** Made with the first text. What goes wrong is told by `close`. */
function textFile(directory: string, name: string, start: string) {
  let stream: WriteStream | undefined;
  let failure: unknown;
  return {
    add(text: string) {
      if (stream === undefined) {
        stream = createWriteStream(join(privately(directory), name), { mode: 0o600 });
        stream.once('error', (error) => (failure = error)).write(start);
      }
      stream.write(text);
    },
    async close() {
      if (stream === undefined) return;
      await finished(stream.end()).catch((error: unknown) => {
        throw unusable(directory, failure ?? error);
      });
    },
  };
}

/** Failed ids where the service named them, and the encoded rows of every part that is not settled. @throws `spool-unusable` */
export async function writeOutcomes({ job, outcomes }: Errand, report: UploadReport): Promise<void> {
  if (outcomes === undefined) return;
  const failed = report.parts.flatMap(({ part, failedIds }) => failedIds.map((id) => `${part},${csvCell(id)}\n`));
  try {
    const write = async (name: string, contents: Parameters<typeof writeFile>[1]) =>
      writeFile(join(privately(outcomes), `${job.id}-${name}`), contents, { mode: 0o600 });
    if (failed.length > 0) await write('failed-ids.csv', `part,id\n${failed.join('')}`);
    for (const part of report.openParts) await write(`unsettled-part-${part}.txt`, job.body(part).open());
  } catch (error) {
    throw unusable(outcomes, error);
  }
}

/** The same directory, made where it is missing: nobody else may look into it. */
function privately(directory: string): string {
  try {
    makePrivately(directory);
    return directory;
  } catch (error) {
    throw unusable(directory, error);
  }
}

function csvCell(value: string | number | undefined): string {
  const text = String(value ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function unusable(directory: string, cause: unknown): UploadError {
  if (isUploadError(cause, 'spool-unusable')) return cause;
  const retryable = isFull(cause);
  const way = retryable ? 'Free some space or name another directory' : 'Name another directory';
  const message = `Cannot write the outcomes to ${directory}: ${reasonOf(cause)}. ${way}.`;
  return new UploadError('spool-unusable', message, { cause, retryable });
}
