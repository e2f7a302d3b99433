/** What `--faults` says: the faults that an emulator starts with, as `PUT /__emulator/faults` takes them. */
import { faultSetSchema, type FaultSet } from '../server/index.ts';
import { judgedJson, readNamedFile } from './named-file.ts';

/** A file's name, or the JSON itself. A file whose name begins with a brace has a path before it: `./{x}.json`. */
export async function readFaults(given: string): Promise<FaultSet> {
  const isJson = given.trimStart().startsWith('{');
  const text = isJson ? given : await readNamedFile(given);
  const wrong = { reason: 'invalidInput', code: 'bad-faults' } as const;
  return judgedJson(isJson ? '--faults' : given, text, faultSetSchema, wrong).judged;
}
