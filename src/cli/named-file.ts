/** Files that an option names, and JSON in them: also a pipe of the shell, `<(...)`, but no directory. */
import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { parseJson } from '../protocol/wire/index.ts';
import { inputIssues } from '../server/input-issues.ts';
import { Problem, type ProblemDetails } from './problem.ts';

/** @throws Problem for a directory, and the system's error, which names the path, for what cannot be opened. */
export function readNamedFile(path: string): Promise<string> {
  return readFile(assertNoDirectory(path), 'utf8');
}

/** A directory opens like a file, and the error of reading it says neither its name nor whose fault it is. */
export function assertNoDirectory(path: string): string {
  if (statSync(path).isDirectory()) {
    const message = `Cannot read ${path}: it is not a regular file`;
    throw new Problem(message, { reason: 'invalidInput', code: 'file-unreadable' });
  }
  return path;
}

/** Undefined for what is no JSON. */
export function jsonOrNothing(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/** As it stands in `text`, and as the schema makes it. @throws Problem that names `place` and each wrong path in it. */
export function judgedJson<Schema extends z.ZodType>(
  place: string,
  text: string,
  schema: Schema,
  wrong: Pick<ProblemDetails, 'reason' | 'code'>,
): { readonly given: unknown; readonly judged: z.output<Schema> } {
  let given: unknown;
  try {
    given = parseJson(text);
  } catch (cause) {
    throw new Problem(`${place}: it is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`, {
      ...wrong,
      cause,
    });
  }
  const result = schema.safeParse(given, { jitless: true });
  if (result.success) return { given, judged: result.data };
  const issues = inputIssues(result.error).map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  throw new Problem(`${place}: ${issues.join('; ')}`, wrong);
}
