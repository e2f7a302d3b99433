/** What an emulator starts with, as options name it: profiles, as NDJSON with one a line, and faults; judged as everywhere. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { refusedId } from '../protocol/rules/index.ts';
import type { Settings } from '../protocol/vocabulary/index.ts';
import { seedProfileSchema } from '../server/harness/seed-profile.ts';
import { faultSetSchema, inputIssues } from '../server/index.ts';
import type { Emulator, FaultSet, InputIssue, SeedProfile, ServeOptions } from '../server/index.ts';
import { assertNoDirectory, jsonOrNothing, judgedJson, readNamedFile } from './named-file.ts';
import { Problem } from './problem.ts';

type StartOptions = Partial<Pick<ServeOptions, 'profiles' | 'faults' | 'illegalIds'>>;

/** Read before anything is started; what it gives puts them into an emulator, and says how many profiles there were. */
export async function startingState({ profiles, faults: given, illegalIds }: StartOptions) {
  const faults = given === undefined ? undefined : await readFaults(given);
  const runs = profiles === undefined ? [] : await readProfilesFile(profiles, illegalIds);
  return async (emulator: Pick<Emulator, 'faults' | 'seedProfiles'>): Promise<number> => {
    if (faults !== undefined) emulator.faults.set(faults);
    // In the file's order: a later line of one id writes over an earlier one.
    for (const run of runs) {
      await emulator.seedProfiles(run.client, run.profiles).catch((error: unknown) => {
        // A data directory has readings of its own for this client code.
        throw error instanceof z.ZodError ? badProfile(`${run.client}: ${sentenceOf(inputIssues(error))}`) : error;
      });
    }
    return runs.reduce((count, run) => count + run.profiles.length, 0);
  };
}

/** A file's name, or the JSON itself. A file whose name begins with a brace has a path before it: `./{x}.json`. */
export async function readFaults(given: string): Promise<FaultSet> {
  const isJson = given.trimStart().startsWith('{');
  const text = isJson ? given : await readNamedFile(given);
  return judgedJson(isJson ? '--faults' : given, text, faultSetSchema, 'bad-faults').judged;
}

/** A run of lines of one client code, in the file's order. */
type ClientProfiles = Readonly<{ client: string; profiles: SeedProfile[] }>;

/** `{"client": "demo", "thirdPartyId": "C-1", "attributes": {"tier": "gold"}}`; `client` may be left out. */
export async function readProfilesFile(path: string, illegalIds?: Settings['illegalIds']) {
  const runs: ClientProfiles[] = [];
  let lineNumber = 0;
  const input = createReadStream(assertNoDirectory(path), 'utf8');
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    lineNumber += 1;
    if (line.trim() === '') continue;
    const parsed = parseProfileLine(line, illegalIds);
    if (typeof parsed === 'string') throw badProfile(`${path}:${lineNumber}: ${parsed}`);
    const { client, profile } = parsed;
    if (runs.at(-1)?.client !== client) runs.push({ client, profiles: [] });
    runs.at(-1)!.profiles.push(profile);
  }
  return runs;
}

/** The profile, or one sentence about what is wrong. */
export function parseProfileLine(line: string, illegalIds: Settings['illegalIds'] = 'fail') {
  const value = jsonOrNothing(line);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'the line is no JSON object';
  const { client = 'demo', ...fields } = value as { readonly client?: unknown };
  if (typeof client !== 'string') return 'client: Must be a text';
  const judged = seedProfileSchema().safeParse(fields);
  if (!judged.success) return sentenceOf(inputIssues(judged.error, 1));
  const { id, attributes } = judged.data;
  const rule = refusedId(id.kind, id.value, illegalIds);
  if (rule !== undefined) return `${id.place.join('.')}: Refused by rule ${rule}`;
  return { client, profile: { id: { kind: id.kind, value: id.value }, attributes } };
}

const sentenceOf = ([issue]: readonly InputIssue[]) =>
  issue === undefined || issue.path === '' ? (issue?.message ?? '') : `${issue.path}: ${issue.message}`;

const badProfile = (message: string) => new Problem(message, { reason: 'invalidInput', code: 'bad-profile' });
