/** A session over HTTP, whatever carries it: requests as they are, everything else through the control API. */
import type { RowOutcome, RuleId, Settings, VisitorId } from '../protocol/vocabulary/index.ts';
import type { BatchFacts, DiagnosticFacts, RowFacts } from './case.ts';
import type { Reply, SentRequest, Session, ShownAttribute, VisitFacts } from './target.ts';

/** What an HTTP target adds: how a request travels, and who moves the clock and applies rows. */
export interface HttpCarrier extends Pick<Session, 'startedAt' | 'authority' | 'advance' | 'step' | 'drain' | 'close'> {
  carry(request: SentRequest): Promise<Reply>;
}

export function httpSession(carrier: HttpCarrier): Session {
  const control = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const reply = await carrier.carry({
      method,
      path: `/__emulator${path}`,
      headers: body === undefined ? [] : [['content-type', 'application/json']],
      body: body === undefined ? undefined : Buffer.from(JSON.stringify(body), 'utf8'),
    });
    const text = Buffer.from(reply.body ?? '', 'latin1').toString('utf8');
    if (reply.status === undefined || reply.status > 299) throw new Error(`${method} ${path}: ${reply.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
  /** A list of the control API, page by page. */
  async function* pages<Item>(path: string, field: string): AsyncIterable<Item> {
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page = (await control('GET', path + query)) as Record<string, unknown>;
      yield* page[field] as Item[];
      cursor = page['next'] as string | null;
    } while (cursor !== null);
  }
  return {
    ...carrier,
    send: (request) => carrier.carry(withFormType(request)),
    async writeSettings(client: string, settings: Partial<Settings>) {
      await control('PUT', `/clients/${client}/settings`, settings);
    },
    async seed(client, { kind, value }: VisitorId, attributes) {
      const profile = { [kind]: value, attributes: Object.fromEntries(attributes) };
      await control('POST', `/clients/${client}/profiles`, { profiles: [profile] });
    },
    async visit(client, { pcId, thirdPartyId }): Promise<VisitFacts> {
      const {
        pcId: given,
        thirdPartyId: third,
        created,
      } = (await control('POST', `/clients/${client}/visits`, {
        ...(pcId === undefined ? {} : { pcId }),
        ...(thirdPartyId === undefined ? {} : { thirdPartyId }),
      })) as { pcId: string; thirdPartyId?: string; created: boolean };
      return { pcId: given, thirdPartyId: third, created };
    },
    async batch(batchId): Promise<BatchFacts> {
      const batch = (await control('GET', `/batches/${batchId}`)) as ControlBatch;
      return {
        api: batch.api,
        status: batch.status,
        size: batch.batchSize,
        consumed: batch.consumedCount,
        updated: batch.successfulUpdates,
        'not-found': batch.profilesNotFound,
        failed: batch.failedUpdates,
        ignored: batch.ignoredRows,
      };
    },
    async diagnostics(batchId): Promise<readonly DiagnosticFacts[]> {
      const { diagnostics } = (await control('GET', `/batches/${batchId}`)) as ControlBatch;
      return diagnostics.map(({ rule, count, first }) => ({ rule, count, positions: first.map(position) }));
    },
    async rows(batchId): Promise<readonly RowFacts[]> {
      const rows: ControlRow[] = [];
      for await (const row of pages<ControlRow>(`/batches/${batchId}/rows?limit=1000`, 'rows')) rows.push(row);
      return rows.map(({ row, id, outcome, rule, column }) => ({
        row,
        id: id ?? undefined,
        outcome,
        rule,
        column: column ?? undefined,
      }));
    },
    async profile(client, { kind, value }): Promise<readonly ShownAttribute[] | undefined> {
      // Which profile an id means is the API's to say: the control API only adds the layers.
      const path = `/rest/v1/profiles/${kind === 'pcId' ? '' : 'thirdPartyId/'}${encodeURIComponent(value)}?client=${client}`;
      const fetched = await carrier.carry({ method: 'GET', path, headers: [], body: undefined });
      if (fetched.status === 404) return undefined;
      const { clients } = (await control('GET', '/clients')) as { clients: { client: string; settings: Settings }[] };
      const settings = clients.find((known) => known.client === client)?.settings;
      if (settings === undefined) return undefined;
      const isHinted = kind === 'pcId' && settings.locationHint === 'same-profile';
      const identity = (id: string | undefined) => (isHinted ? unhinted(id) : id);
      for await (const profile of pages<ControlProfile>(`/clients/${client}/profiles?limit=1000`, 'profiles')) {
        if (identity(profile[kind]) !== identity(value)) continue;
        return Object.entries(profile.attributes).map(([name, shown]) => ({
          name,
          value: shown.value,
          layer: shown.layer,
        }));
      }
      return undefined;
    },
  };
}

interface ControlBatch {
  readonly api: 'v1' | 'v2';
  readonly status: string;
  readonly batchSize: number;
  readonly consumedCount: number;
  readonly successfulUpdates: number;
  readonly profilesNotFound: number;
  readonly failedUpdates: number;
  readonly ignoredRows: number;
  readonly diagnostics: readonly { rule: RuleId; count: number; first: readonly { row?: number; column?: number }[] }[];
}

interface ControlRow {
  readonly row: number;
  readonly id?: string | null;
  readonly outcome: RowOutcome;
  readonly rule: RuleId;
  readonly column?: number | null;
}

interface ControlProfile {
  readonly pcId?: string;
  readonly thirdPartyId?: string;
  readonly attributes: Readonly<Record<string, { readonly value: string; readonly layer: 'base' | 'pending' }>>;
}

/** our-location-hint. */
const unhinted = (id: string | undefined) => id?.replace(/^([^]+)\.\d+(?:_\d+)?$/, '$1');

const position = ({ row, column }: { row?: number; column?: number }) =>
  `${row ?? ''}${column === undefined ? '' : `:${column}`}`;

/** As curl's `--data-binary` does: a body without a type is a form. `content-type: none` sends none. */
function withFormType(request: SentRequest): SentRequest {
  const type = request.headers.find(([name]) => name === 'content-type');
  if (type?.[1] === 'none') return { ...request, headers: request.headers.filter((header) => header !== type) };
  if (type !== undefined || request.body === undefined) return request;
  return { ...request, headers: [...request.headers, ['content-type', 'application/x-www-form-urlencoded']] };
}
