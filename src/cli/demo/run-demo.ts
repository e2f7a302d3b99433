/** The demo's work: an emulator of its own, the same profiles for two client codes, the sample through v1 and through v2. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { createUploader, type UploadReport } from '../../client/index.ts';
import { writeDataRow, writeHeaderRow } from '../../protocol/batch-file/write-batch-file.ts';
import { ROW_OUTCOMES, type Api, type RowOutcome, type VisitorId } from '../../protocol/vocabulary/index.ts';
import { startEmulator, type RunningEmulator } from '../../server/index.ts';
import { sampleFile } from '../package-file.ts';
import { Problem } from '../problem.ts';
import { readProfilesFile } from '../profiles-file.ts';

export interface OutcomeCount {
  readonly outcome: RowOutcome;
  readonly rule: string;
  readonly count: number;
}

interface DifferingProfile {
  readonly id: string;
  /** Undefined where there is no profile. */
  readonly v1: Readonly<Record<string, string>> | undefined;
  readonly v2: Readonly<Record<string, string>> | undefined;
}

export interface DemoResult {
  readonly seeded: number;
  readonly rows: number;
  readonly illegalId: string;
  readonly outcomes: Readonly<Record<Api, readonly OutcomeCount[]>>;
  readonly differing: readonly DifferingProfile[];
}

const ID_COLUMN = 'customer_id';

export async function runDemo(signal: AbortSignal): Promise<DemoResult> {
  // A clock that stands still and a memory store: the same output every time, and nothing left behind.
  const emulator = await startEmulator({ pace: 'immediate', clock: 'virtual' });
  try {
    const profiles = (await readProfilesFile(fileURLToPath(sampleFile('crm-profiles.ndjson')))).flatMap(
      (group) => group.profiles,
    );
    const exportLines = readFileSync(sampleFile('crm-export.csv'), 'utf8').trimEnd().split('\n').slice(1);
    const ids = exportLines.map((line) => line.slice(0, line.indexOf(',')));
    const illegalId = ids.find((id) => id.includes('/')) ?? '';
    for (const api of ['v1', 'v2'] as const) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other keeps the output the same every time
      await rehearse(emulator, api, illegalId, signal, profiles);
    }
    return {
      seeded: profiles.length,
      rows: ids.length,
      illegalId,
      outcomes: { v1: await outcomesOf(emulator, 'v1'), v2: await outcomesOf(emulator, 'v2') },
      differing: differingProfiles(emulator, ids),
    };
  } finally {
    await emulator.close();
  }
}

async function rehearse(
  emulator: RunningEmulator,
  api: Api,
  illegalId: string,
  signal: AbortSignal,
  profiles: Parameters<RunningEmulator['seedProfiles']>[1],
): Promise<void> {
  await emulator.seedProfiles(clientOf(api), profiles);
  const uploader = createUploader({
    endpoint: emulator.url,
    client: clientOf(api),
    api,
    idColumn: ID_COLUMN,
    onFault: 'skip',
    // Instead of waiting, let the emulator finish: its own clock stands still anyway.
    clock: { now: () => emulator.clock.now(), sleep: () => emulator.drain() },
  });
  const result = await uploader.upload(fileURLToPath(sampleFile('crm-export.csv')), { signal });
  if (result.kind !== 'report' || !REHEARSED.has(result.state)) throw unexpected(api, result);
  const body = `${writeHeaderRow('thirdPartyId', ['city'])}\n${writeDataRow(illegalId, ['anywhere'])}\n`;
  await fetch(`${emulator.url}/m2/${clientOf(api)}${SUBMIT_PATHS[api]}`, { method: 'POST', body, signal });
  await emulator.drain();
}

/** A v1 upload ends with rows not found; both left the illegal row out. */
const REHEARSED: ReadonlySet<UploadReport['state']> = new Set(['done', 'rejected-rows']);
const SUBMIT_PATHS: Readonly<Record<Api, string>> = {
  v1: '/profile/batchUpdate',
  v2: '/v2/profile/batchUpdate',
};
const clientOf = (api: Api) => `demo-${api}`;

function unexpected(api: Api, result: { readonly kind: string; readonly error?: Error | undefined }): Problem {
  const message = `The sample did not go through ${api}: ${result.error?.message ?? result.kind}`;
  return new Problem(message, { reason: 'bug', code: 'demo-failed', cause: result.error });
}

/** What the real service never tells, asked of the control API as anybody could. */
async function outcomesOf(emulator: RunningEmulator, api: Api): Promise<readonly OutcomeCount[]> {
  const counts = new Map<string, OutcomeCount>();
  const batches = await getJson(emulator, `batches?client=${clientOf(api)}`, batchesSchema);
  for (const { batchId } of batches.batches) {
    let cursor: string | undefined;
    do {
      const query = cursor === undefined ? '' : `?cursor=${encodeURIComponent(cursor)}`;
      // oxlint-disable-next-line no-await-in-loop -- each page names the next
      const page = await getJson(emulator, `batches/${batchId}/rows${query}`, rowsSchema);
      for (const { outcome, rule } of page.rows) {
        const count = (counts.get(`${outcome} ${rule}`)?.count ?? 0) + 1;
        counts.set(`${outcome} ${rule}`, { outcome, rule, count });
      }
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
  }
  return [...counts.values()].toSorted((a, b) => ROW_OUTCOMES.indexOf(a.outcome) - ROW_OUTCOMES.indexOf(b.outcome));
}

const batchesSchema = z.object({ batches: z.array(z.object({ batchId: z.string() })) });
const rowsSchema = z.object({
  rows: z.array(z.object({ outcome: z.enum(ROW_OUTCOMES), rule: z.string() })),
  next: z.string().nullish(),
});

async function getJson<Schema extends z.ZodType>(
  emulator: RunningEmulator,
  path: string,
  schema: Schema,
): Promise<z.output<Schema>> {
  const reply = await fetch(`${emulator.url}/__emulator/${path}`);
  return schema.parse(await reply.json());
}

function differingProfiles(emulator: RunningEmulator, ids: readonly string[]): readonly DifferingProfile[] {
  return ids.flatMap((value) => {
    const id: VisitorId = { kind: 'thirdPartyId', value };
    const profiles = { id: value, v1: attributesOf(emulator, 'v1', id), v2: attributesOf(emulator, 'v2', id) };
    return JSON.stringify(profiles.v1) === JSON.stringify(profiles.v2) ? [] : [profiles];
  });
}

function attributesOf(emulator: RunningEmulator, api: Api, id: VisitorId) {
  const profile = emulator.profile(clientOf(api), id);
  return profile && Object.fromEntries(profile.attributes.map(({ name, value }) => [name, value]));
}
