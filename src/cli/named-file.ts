/** Files that an option or an argument names, and JSON in them: also a pipe of the shell, `<(...)`, but no directory. */
import { statSync, existsSync } from 'node:fs';
import { readFile, glob } from 'node:fs/promises';
import { z } from 'zod';
import { parseJson, repeatedKey } from '../protocol/wire/index.ts';
import { inputIssues } from '../server/input-issues.ts';
import { Problem } from './problem.ts';
import { similar } from './similar.ts';
import type { OneSource, UploadSource } from '../client/index.ts';
import type { Context } from './context.ts';

/** @throws Problem for a directory, and the system's error, which names the path, for what cannot be opened. */
export const readNamedFile = (path: string): Promise<string> => readFile(assertNoDirectory(path), 'utf8');

/** A directory opens like a file, and the error of reading it says neither its name nor whose fault it is. */
export function assertNoDirectory(path: string): string {
  if (!statSync(path).isDirectory()) return path;
  const message = `Cannot read ${path}: it is a directory, not a file`;
  throw new Problem(message, { reason: 'invalidInput', code: 'file-unreadable' });
}

/** Without the byte order mark that editors and shells of Windows begin a file with. */
const unmarked = (text: string) => text.replace(/^\uFEFF/, '');

/** Undefined for what is no JSON. */
export function jsonOrNothing(text: string): unknown {
  try {
    return parseJson(unmarked(text));
  } catch {
    return undefined;
  }
}

/** As it stands in `text`, and as the schema makes it. @throws Problem that names `place` and each wrong path in it. */
export function judgedJson<Schema extends z.ZodType>(place: string, text: string, schema: Schema, code: string) {
  const wrong = (what: string, cause?: unknown) =>
    new Problem(`${place}: ${what}`, { reason: 'invalidInput', code, cause });
  let given: unknown;
  try {
    given = parseJson(unmarked(text), (key, value) => {
      if (key === '__proto__') throw wrong('no key may be called __proto__');
      return value;
    });
  } catch (cause) {
    if (cause instanceof Problem) throw cause;
    throw wrong(`it is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
  const repeated = Object(given) === given ? repeatedKey(unmarked(text), given as object) : undefined;
  const which = repeated?.name === undefined ? 'a key' : `the key "${repeated.name}"`;
  if (repeated !== undefined) throw wrong(`${which} stands twice in one object: which is meant?`);
  const meant = new Map<string, string>();
  const result = schema.safeParse(given, {
    jitless: true,
    // Asked of each issue before its object is forgotten; the message stays what it is.
    error(issue) {
      if (issue.code !== 'unrecognized_keys' || !(issue.inst instanceof z.ZodObject)) return undefined;
      for (const key of issue.keys) {
        const fields = Object.entries(issue.inst.shape).flatMap(([name, field]) => (isForbidden(field) ? [] : name));
        const [best] = similar(key, Object.keys(issue.inst.shape));
        const known = fields.length > KNOWN_MAX ? '' : ` (known: ${fields.join(', ')})`;
        meant.set([...(issue.path ?? []), key].join('.'), best === undefined ? known : ` (did you mean ${best}?)`);
      }
      return undefined;
    },
  });
  if (result.success) return { given, judged: result.data };
  const issues = inputIssues(result.error).map(({ path, message }) =>
    path === '' ? message : `${path}: ${message}${meant.get(path) ?? ''}`,
  );
  throw wrong(issues.join('; '));
}

/** More would be no help in one line. */
const KNOWN_MAX = 12;

/** A field that is there to say why it must not be. */
const isForbidden = (field: unknown) => field instanceof z.ZodOptional && field.unwrap() instanceof z.ZodNever;

/** In the order they were named, those of a pattern by name. @throws Problem for a pattern that fits nothing */
export async function inputFiles(names: readonly string[], context: Context): Promise<UploadSource> {
  const sources: OneSource[] = [];
  for (const name of names) {
    if (name === '-') sources.push({ name: 'stdin', chunks: context.stdin() as AsyncIterable<Uint8Array> });
    else sources.push(...(await filesOf(name)));
  }
  return sources.length === 1 ? sources[0]! : sources;
}

async function filesOf(name: string): Promise<readonly string[]> {
  // A file may be called so.
  if (!/[*?[{]/.test(name) || existsSync(name)) return [name];
  const found: string[] = [];
  for await (const path of glob(name)) found.push(path);
  if (found.length > 0) return found.toSorted();
  throw new Problem(`No file is called like ${name}`, { reason: 'invalidInput', code: 'file-unreadable' });
}
