/** What `--faults` says: the faults that an emulator starts with, as `PUT /__emulator/faults` takes them. */
import { faultSetSchema, inputIssues, type FaultSet } from '../server/index.ts';
import { readNamedFile } from './named-file.ts';
import { Problem } from './problem.ts';

/** A file's name, or the JSON itself. A file whose name begins with a brace has a path before it: `./{x}.json`. */
export async function readFaults(given: string): Promise<FaultSet> {
  const isJson = given.trimStart().startsWith('{');
  const place = isJson ? '--faults' : given;
  const result = faultSetSchema.safeParse(parsedJson(place, isJson ? given : await readNamedFile(given)));
  if (result.success) return result.data;
  const issues = inputIssues(result.error).map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  throw badFaults(`${place}: ${issues.join('; ')}`);
}

function parsedJson(place: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badFaults(`${place}: it is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const badFaults = (message: string) => new Problem(message, { reason: 'invalidInput', code: 'bad-faults' });
