/** Reads the profiles that an emulator starts with: NDJSON, one profile a line, judged as everywhere. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { seedProfileSchema } from '../server/harness/seed-profile.ts';
import { type Emulator, inputIssues, type InputIssue, type SeedProfile } from '../server/index.ts';
import { refusedId } from '../protocol/rules/index.ts';
import type { Settings } from '../protocol/vocabulary/index.ts';
import { assertNoDirectory, jsonOrNothing } from './named-file.ts';
import { Problem } from './problem.ts';

/** A run of lines of one client code, in the file's order. */
export interface ClientProfiles {
  readonly client: string;
  readonly profiles: readonly SeedProfile[];
}

const DEFAULT_CLIENT = 'demo';

/** `{"client": "demo", "thirdPartyId": "C-1", "attributes": {"tier": "gold"}}`; `client` may be left out. */
export async function readProfilesFile(
  path: string,
  illegalIds: Settings['illegalIds'] = 'fail',
): Promise<readonly ClientProfiles[]> {
  const runs: { client: string; profiles: SeedProfile[] }[] = [];
  let lineNumber = 0;
  const input = createReadStream(assertNoDirectory(path), 'utf8');
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    lineNumber += 1;
    if (line.trim() === '') continue;
    const parsed = parseProfileLine(line, illegalIds);
    if (typeof parsed === 'string') throw badProfile(`${path}:${lineNumber}: ${parsed}`);
    const last = runs.at(-1);
    if (last?.client === parsed.client) last.profiles.push(parsed.profile);
    else runs.push({ client: parsed.client, profiles: [parsed.profile] });
  }
  return runs;
}

/** How many there were. */
export async function plantProfiles(
  seeds: readonly ClientProfiles[],
  emulator: Pick<Emulator, 'seedProfiles'>,
): Promise<number> {
  let count = 0;
  for (const { client, profiles } of seeds) {
    // In the file's order: a later line of one id writes over an earlier one.
    await emulator.seedProfiles(client, profiles).catch((error: unknown) => {
      // A data directory has readings of its own for this client code.
      throw error instanceof z.ZodError ? badProfile(`${client}: ${sentenceOf(inputIssues(error))}`) : error;
    });
    count += profiles.length;
  }
  return count;
}

/** The profile, or one sentence about what is wrong. */
export function parseProfileLine(
  line: string,
  illegalIds: Settings['illegalIds'] = 'fail',
): { client: string; profile: SeedProfile } | string {
  const value = jsonOrNothing(line);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'the line is no JSON object';
  const { client = DEFAULT_CLIENT, ...fields } = value as { readonly client?: unknown };
  if (typeof client !== 'string') return 'client: Must be a text';
  const judged = seedProfileSchema().safeParse(fields);
  if (!judged.success) return sentenceOf(inputIssues(judged.error, 1));
  const { id, attributes } = judged.data;
  const rule = refusedId(id.kind, id.value, illegalIds);
  if (rule !== undefined) return sentenceOf([{ path: id.place.join('.'), message: `Refused by rule ${rule}` }]);
  return { client, profile: { id: { kind: id.kind, value: id.value }, attributes } };
}

const sentenceOf = ([issue]: readonly InputIssue[]) =>
  issue === undefined || issue.path === '' ? (issue?.message ?? '') : `${issue.path}: ${issue.message}`;

const badProfile = (message: string) => new Problem(message, { reason: 'invalidInput', code: 'bad-profile' });
