/** Reads the profiles that an emulator starts with: NDJSON, one profile a line. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Emulator, SeedProfile } from '../server/index.ts';
import { Problem } from './problem.ts';

/** A run of lines of one client code, in the file's order. */
export interface ClientProfiles {
  readonly client: string;
  readonly profiles: readonly SeedProfile[];
}

const DEFAULT_CLIENT = 'demo';
const KEYS = new Set(['client', 'pcId', 'thirdPartyId', 'attributes']);

/** `{"client": "demo", "thirdPartyId": "C-1", "attributes": {"tier": "gold"}}`; `client` may be left out. */
export async function readProfilesFile(path: string): Promise<readonly ClientProfiles[]> {
  const runs: { client: string; profiles: SeedProfile[] }[] = [];
  let lineNumber = 0;
  for await (const line of createInterface({ input: createReadStream(path, 'utf8'), crlfDelay: Infinity })) {
    lineNumber += 1;
    if (line.trim() === '') continue;
    const parsed = parseProfileLine(line);
    if (typeof parsed === 'string') {
      throw new Problem(`${path}:${lineNumber}: ${parsed}`, { reason: 'invalidInput', code: 'bad-profile' });
    }
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
    // oxlint-disable-next-line no-await-in-loop
    await emulator.seedProfiles(client, profiles);
    count += profiles.length;
  }
  return count;
}

/** The profile, or one sentence about what is wrong. */
export function parseProfileLine(line: string): { client: string; profile: SeedProfile } | string {
  const value = parseJson(line);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'the line is no JSON object';
  const fields = value as Record<string, unknown>;
  const unknown = Object.keys(fields).find((key) => !KEYS.has(key));
  if (unknown !== undefined) return `unknown field ${JSON.stringify(unknown)}`;
  const { client = DEFAULT_CLIENT, pcId, thirdPartyId, attributes = {} } = fields;
  if (typeof client !== 'string') return '"client" is no text';
  if ((pcId === undefined) === (thirdPartyId === undefined)) return 'give either "pcId" or "thirdPartyId"';
  const id = pcId ?? thirdPartyId;
  if (typeof id !== 'string' || id === '') return 'the id is no text, or empty';
  if (typeof attributes !== 'object' || attributes === null || Array.isArray(attributes)) {
    return '"attributes" is no object';
  }
  const wrong = Object.entries(attributes).find(([, item]) => typeof item !== 'string');
  if (wrong !== undefined) return `attribute ${JSON.stringify(wrong[0])} is no text`;
  const kind = pcId === undefined ? 'thirdPartyId' : 'pcId';
  return { client, profile: { id: { kind, value: id }, attributes: attributes as Record<string, string> } };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
