/** What was acknowledged, kept apart from the server, and whether it is there afterwards: none lost, none twice. */
import type { LaunchedServer } from './server.ts';

/** A batch of fresh ids: applied once it creates every one of them, and twice it could not. */
export interface SentBatch {
  readonly name: string;
  readonly rows: number;
}

export const CLIENT = 'drill';

export function bodyOf({ name, rows }: SentBatch): string {
  const lines = Array.from({ length: rows }, (_, row) => `${name}-${row},value of ${name} in row ${row} `);
  return `batch=thirdPartyId,a\n${lines.join('\n')}`;
}

export interface Reply {
  readonly status: number;
  readonly text: string;
  /** Of the reply's link. */
  readonly batchId: string | undefined;
  /** Of an error of our own. */
  readonly code: string | undefined;
}

/** Rejects where the connection is lost. */
export async function submit(url: string, batch: SentBatch, client = CLIENT): Promise<Reply> {
  const reply = await fetch(`${url}/m2/${client}/v2/profile/batchUpdate`, { method: 'POST', body: bodyOf(batch) });
  const text = await reply.text();
  return {
    status: reply.status,
    text,
    batchId: text.includes('<success>true') ? /batchId=([\w-]+)/.exec(text)?.[1] : undefined,
    code: /"code":"([\w-]+)"/.exec(text)?.[1],
  };
}

/** By batch id. */
export type Acknowledged = Map<string, SentBatch>;

/** What is wrong with what is stored, once all of it is applied. */
export async function misses(url: string, acknowledged: Acknowledged, client = CLIENT): Promise<string[]> {
  const drained = await fetch(`${url}/__emulator/drain`, { method: 'POST' });
  const failures: string[] = drained.ok ? [] : [`drain answered ${drained.status}: ${await drained.text()}`];
  const batches = new Map<string, StoredBatch>();
  for await (const batch of pages<StoredBatch>(url, `batches?client=${client}&`, 'batches')) {
    batches.set(batch.batchId, batch);
    const { batchId, status, batchSize, successfulUpdates, createdProfiles } = batch;
    // Unanswered ones may be there or not, but whole.
    if (status === 'complete' && successfulUpdates === batchSize && createdProfiles === batchSize) continue;
    failures.push(`${batchId} is ${status}: ${createdProfiles} of ${batchSize} rows created a profile`);
  }
  const values = new Map<string, string>();
  for await (const profile of pages<StoredProfile>(url, `clients/${client}/profiles?`, 'profiles')) {
    values.set(profile.thirdPartyId, profile.attributes['a']?.value ?? '');
  }
  for (const [batchId, { name, rows }] of acknowledged) {
    const stored = batches.get(batchId);
    if (stored === undefined) failures.push(`${batchId} was acknowledged and is lost`);
    else if (stored.batchSize !== rows) failures.push(`${batchId} has ${stored.batchSize} rows of ${rows}`);
    for (let row = 0; row < rows; row += 1) {
      if (values.get(`${name}-${row}`) !== `value of ${name} in row ${row}`)
        failures.push(`${name}-${row} is not right`);
    }
  }
  return failures;
}

interface StoredBatch {
  readonly batchId: string;
  readonly status: string;
  readonly batchSize: number;
  readonly successfulUpdates: number;
  readonly createdProfiles: number;
}

interface StoredProfile {
  readonly thirdPartyId: string;
  readonly attributes: Readonly<Record<string, { readonly value: string }>>;
}

async function* pages<Item>(url: string, path: string, name: string): AsyncGenerator<Item> {
  for (let cursor: string | null = ''; cursor !== null;) {
    const from: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const reply = await fetch(`${url}/__emulator/${path}limit=1000${from}`);
    if (!reply.ok) throw new Error(`${path} answered ${reply.status}: ${await reply.text()}`);
    const page = (await reply.json()) as Record<string, unknown>;
    yield* page[name] as Item[];
    cursor = page['next'] as string | null;
  }
}

/** Stops a server, adds what was wrong with it, and tells how many bugs it wrote of. Who names the signal may see it die of that. */
export async function end(server: LaunchedServer, failures: string[], signal?: NodeJS.Signals): Promise<number> {
  const { code } = await server.kill(signal ?? 'SIGTERM');
  if (code !== 0 && (code !== null || signal === undefined))
    failures.push(`the server ended with ${code}: ${server.complaints()}`);
  const bugs = bugsIn(server.log() + server.complaints());
  failures.push(...bugs);
  return bugs.length;
}

/** What no drill may ever see. */
export function bugsIn(text: string): string[] {
  return [...text.matchAll(/bug\/\d+|"event":"bug"[^\n]{0,300}|This is a bug[^\n]{0,300}/g)].map(([bug]) => bug);
}
