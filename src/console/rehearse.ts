/** The same files under two sets of switches, each in an emulator of its own: what is answered, what becomes of rows, what profiles hold. */
import { DAY_MS } from '../protocol/vocabulary/limits.ts';
import { decoded, pathOf } from './address.ts';
import {
  type Batch,
  type FaultSet,
  type Pace,
  type Profiles,
  type Rehearsal,
  type Row,
  type Rows,
  tell,
} from './control-api.ts';

export interface Switches {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly pace: Pace;
  readonly faults: FaultSet;
}

export interface Rehearsed {
  readonly files: readonly { readonly api: 'v1' | 'v2'; readonly text: string }[];
  /** What exists before. */
  readonly profiles: readonly object[];
}

type Reply = Rehearsal['replies'][number];

interface Side {
  readonly calls: readonly { readonly what: string; readonly reply: Reply }[];
  readonly rows: ReadonlyMap<string, Row & { readonly file: number }>;
  readonly profiles: ReadonlyMap<string, ReadonlyMap<string, { readonly value: string; readonly layer: string }>>;
}

interface Sided<Told> {
  readonly before: Told;
  readonly after: Told;
}

export interface Changes {
  readonly calls: readonly ({ readonly what: string } & Sided<Reply>)[];
  readonly rows: readonly ({ readonly key: string; readonly id: string | null } & Sided<Row | undefined>)[];
  readonly values: readonly ({ readonly id: string; readonly name: string } & Sided<Value | undefined>)[];
}

interface Value {
  readonly value: string;
  readonly layer: string;
  /** Of the last row that spoke of this profile on that side. */
  readonly rule: string | undefined;
}

/** Rows that are asked for of each file. */
export const ROWS_MAX = 200;

/** One after the other: both are short, and the emulator has other work. */
export async function changesOf(
  client: string,
  rehearsed: Rehearsed,
  { before, after }: Sided<Switches>,
): Promise<Changes> {
  const [one, other] = [await sideOf(client, rehearsed, before), await sideOf(client, rehearsed, after)];
  const calls = one.calls.flatMap(({ what, reply }, index) => {
    const { reply: theirs } = other.calls[index]!;
    return JSON.stringify(reply) === JSON.stringify(theirs) ? [] : { what, before: reply, after: theirs };
  });
  const rows = [...new Set([...one.rows.keys(), ...other.rows.keys()])].flatMap((key) => {
    const [ours, theirs] = [one.rows.get(key), other.rows.get(key)];
    if (ours?.outcome === theirs?.outcome && ours?.rule === theirs?.rule) return [];
    return { key, id: ours?.id ?? theirs?.id ?? null, before: ours, after: theirs };
  });
  return { calls, rows, values: valuesOf(one, other) };
}

function valuesOf(one: Side, other: Side): Changes['values'] {
  return [...new Set([...one.profiles.keys(), ...other.profiles.keys()])].flatMap((id) => {
    const held = [one, other].map(({ profiles }) => profiles.get(id));
    const names = new Set(held.flatMap((attributes) => [...(attributes?.keys() ?? [])]));
    return [...names].flatMap((name) => {
      const [before, after] = [one, other].map((side, index) => {
        const attribute = held[index]?.get(name);
        const rule = [...side.rows.values()].findLast((row) => row.id !== null && id.split(' ').includes(row.id))?.rule;
        return attribute && { ...attribute, rule };
      });
      const isSame = before?.value === after?.value && before?.layer === after?.layer;
      return isSame ? [] : { id, name, before, after };
    });
  });
}

async function sideOf(
  client: string,
  { files, profiles }: Rehearsed,
  { settings, pace, faults }: Switches,
): Promise<Side> {
  const own = ['__emulator', 'clients', client];
  const json = (method: 'POST' | 'PUT', path: readonly string[], body: unknown) => ({
    method,
    path: `/${pathOf(path)}`,
    body: JSON.stringify(body),
    contentType: 'application/json',
  });
  const get = (path: readonly string[], query: Readonly<Record<string, string | number>> = {}) => ({
    method: 'GET' as const,
    path: `/${pathOf(path, query)}`.replace('%7BbatchId%7D', '{batchId}'),
  });
  const requests: { what: string; request: object }[] = [];
  const ask = (what: string, request: object) => requests.push({ what, request });
  ask('', json('PUT', [...own, 'settings'], settings));
  ask('', json('PUT', [...own, 'pace'], pace));
  if (profiles.length > 0) ask('', json('POST', [...own, 'profiles'], { profiles }));
  ask('', json('PUT', [...own, 'faults'], faults));
  for (const [index, { api, text }] of files.entries()) {
    const which = files.length === 1 ? '' : ` of file ${index + 1}`;
    const path = pathOf(['m2', client, ...(api === 'v2' ? ['v2'] : []), 'profile', 'batchUpdate']);
    ask(`the submission${which}`, { method: 'POST', path: `/${path}`, body: text });
    ask(
      `the status${which}, at once`,
      get(['m2', client, 'profile', 'batchStatus'], { batchId: '{batchId}', showDetails: 'true' }),
    );
    ask('', json('POST', [...own, 'release'], {}));
    ask('', json('POST', ['__emulator', 'clock', 'advance'], { ms: DAY_MS }));
    ask('', json('POST', ['__emulator', 'drain'], {}));
    ask('batch', get(['__emulator', 'batches', '{batchId}']));
    ask(`rows ${index + 1}`, get(['__emulator', 'batches', '{batchId}', 'rows'], { limit: ROWS_MAX }));
  }
  ask('profiles', get([...own, 'profiles'], { limit: 1_000 }));
  const [kind = '', id = ''] = firstVisitor(files[0]?.text ?? '');
  ask('a fetch', get(['rest', 'v1', 'profiles', ...(kind === 'pcId' ? [] : [kind]), id], { client }));
  const visit = json('POST', ['rest', 'v1', 'delivery'], {
    requestId: 'rehearsal',
    context: { channel: 'web' },
    id: { [kind === 'pcId' ? 'tntId' : kind]: id, marketingCloudVisitorId: '1' },
    execute: { pageLoad: {} },
  });
  ask('a Delivery call', {
    ...visit,
    path: `${visit.path}?${new URLSearchParams({ client, sessionId: 's' }).toString()}`,
  });

  const body = { requests: requests.map(({ request }) => request) };
  const { replies } = await tell<Rehearsal>('POST', 'rehearsals', body);
  return sideFrom(requests.map(({ what }, index) => ({ what, reply: replies[index]! })));
}

function sideFrom(asked: readonly { readonly what: string; readonly reply: Reply }[]): Side {
  const calls: { what: string; reply: Reply }[] = [];
  const rows = new Map<string, Row & { file: number }>();
  const profiles = new Map<string, Map<string, { value: string; layer: string }>>();
  let [batchId, isTaken] = ['', false];
  for (const { what, reply } of asked) {
    const isThere = reply.status === 200;
    const [kind, file] = what.split(' ');
    if (what === 'batch') {
      const told = isThere ? (JSON.parse(reply.text) as Batch).batchId : '';
      isTaken = told !== batchId;
      batchId = told;
    } else if (kind === 'rows') {
      if (!isThere || !isTaken) continue;
      for (const row of (JSON.parse(reply.text) as Rows).rows)
        rows.set(`${file}:${row.row}`, { ...row, file: Number(file) });
    } else if (what === 'profiles') {
      if (!isThere) continue;
      for (const { thirdPartyId, pcId, attributes } of (JSON.parse(reply.text) as Profiles).profiles) {
        const id = [thirdPartyId, pcId].filter((each) => each !== undefined).join(' ');
        profiles.set(id, new Map(Object.entries(attributes)));
      }
    } else if (what !== '') calls.push({ what, reply });
  }
  return { calls, rows, profiles };
}

/** Whom the first row of a batch file is about. */
function firstVisitor(text: string): readonly string[] {
  const [header = '', row = ''] = text.split(/\r?\n/);
  const kind = /^\uFEFF?batch=(\w+)/.exec(header)?.[1] ?? 'thirdPartyId';
  return [kind, decoded(row.split(',')[0] ?? '')];
}

/** A few rows that most readings tell apart: blanks, words for nothing, an id with a slash, surplus cells, location hints. */
export const SAMPLE: Rehearsed = {
  files: [
    {
      api: 'v2',
      text: 'batch=thirdPartyId,tier,city,note\nC-1,gold,Oslo,a%2Bb\nC-2,silver,,x,surplus\nC%2F3,gold,Rome,\nC-4,"",null,\nC-5,,,',
    },
    { api: 'v2', text: 'batch=thirdPartyId,tier\nC-1,platinum\nC-6,gold' },
    { api: 'v1', text: '\uFEFFbatch=pcId,tier\n123.28_0,gold\n123,silver\n9,gold' },
  ],
  profiles: [
    { thirdPartyId: 'C-2', attributes: { tier: 'bronze' } },
    { thirdPartyId: 'C-4', attributes: { tier: 'bronze', city: 'Bergen' } },
    { pcId: '123' },
  ],
};
