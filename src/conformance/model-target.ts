/** The model of `src/sim/model`: it knows facts and no bytes, so replies are compared as far as they are facts. */
import { DEFAULT_SETTINGS, STRICT_SETTINGS } from '../protocol/vocabulary/index.ts';
import type { Api, RuleId, Settings, VisitorId } from '../protocol/vocabulary/index.ts';
import { createModel } from '../sim/model/index.ts';
import type { ModelBatch, NamedValue } from '../sim/model/index.ts';
import type { ConformanceCase, DiagnosticFacts, RequestStep, Step } from './case.ts';
import type { Reply, SentRequest, Session, Target } from './target.ts';

const STARTED_AT = Date.UTC(2026, 0, 1);

export function modelTarget(): Target {
  return { name: 'model', cannot, shows, cannotHave, open: async (conformanceCase) => openModel(conformanceCase) };
}

function cannot(step: Step, { rules, settings }: ConformanceCase): string | undefined {
  if (step.kind === 'step') return 'the model has no slices';
  if (step.kind !== 'request') return undefined;
  const route = routeOf(step);
  if (route === undefined) return 'the model has no HTTP';
  if (step.headers.length > 0) return 'the model has no HTTP headers';
  if (step.isLarge) return 'the model reads no large files';
  if (settings.rateLimit !== undefined && settings.rateLimit !== 'off') return 'the model counts no calls';
  if (route.kind === 'update' && rules.includes('lim-single-size')) return 'the model weighs no requests';
  return undefined;
}

/** Of replies: why a submission was refused, and whether a fetch found a profile. */
function shows(step: Step): boolean {
  if (step.kind !== 'request') return true;
  const kind = routeOf(step)?.kind;
  return (
    (kind === 'submit' && step.expected.cause !== undefined) || (kind === 'fetch' && step.expected.status !== undefined)
  );
}

/** Options that are readings; pace, hosts and the like are HTTP's. */
function cannotHave(options: ConformanceCase['options']): string | undefined {
  const strange = Object.keys(options).find(
    (name) => name !== 'mode' && name !== 'pace' && !(name in DEFAULT_SETTINGS),
  );
  return strange === undefined ? undefined : `the model has no option ${strange}`;
}

type Route =
  | { readonly kind: 'submit'; readonly client: string; readonly api: Api }
  | { readonly kind: 'status'; readonly batchId: string }
  | { readonly kind: 'update'; readonly client: string; readonly parameters: URLSearchParams }
  | { readonly kind: 'fetch'; readonly client: string; readonly id: VisitorId };

function routeOf({ method, path, body }: Pick<RequestStep, 'method' | 'path'> & { body?: unknown }): Route | undefined {
  const url = new URL(path, 'http://model');
  const [, client, v2, action] = url.pathname.match(/^\/m2\/([^/]+)\/(v2\/)?profile\/(\w+)$/) ?? [];
  if (client === 'client') return undefined;
  if (method === 'POST' && action === 'batchUpdate')
    return { kind: 'submit', client: client!, api: v2 === undefined ? 'v1' : 'v2' };
  if (method === 'GET' && action === 'batchStatus') {
    const batchId = url.searchParams.get('batchId');
    return batchId === null ? undefined : { kind: 'status', batchId };
  }
  if (
    action === 'update' &&
    v2 === undefined &&
    (body === undefined || body instanceof Uint8Array || typeof body === 'function')
  ) {
    const form = body instanceof Uint8Array ? Buffer.from(body).toString('utf8') : '';
    return { kind: 'update', client: client!, parameters: new URLSearchParams(`${url.search.slice(1)}&${form}`) };
  }
  const [, third, id] = url.pathname.match(/^\/rest\/v1\/profiles\/(thirdPartyId\/)?([^/]+)$/) ?? [];
  const asked = url.searchParams.get('client');
  if (method !== 'GET' || id === undefined || asked === null) return undefined;
  const kind = third === undefined ? 'pcId' : 'thirdPartyId';
  return { kind: 'fetch', client: asked, id: { kind, value: decodeURIComponent(id) } };
}

function openModel({ options }: ConformanceCase): Session {
  const defaults = settingsOf(options);
  const model = createModel(defaults);
  const settingsInForce = new Map<string, Settings>();
  const clients = new Set<string>();
  let now = STARTED_AT;
  let drawn = 0;

  const submit = (client: string, api: Api, file: Uint8Array): Reply => {
    drawn += 1;
    const batchId = `${client}-${now}-${String(drawn).padStart(8, '0')}`;
    const submission = model.submit(client, api, file, batchId);
    if (submission.kind === 'rejection') return { ...NOTHING_SHOWN, cause: `rule/${submission.rule}` };
    clients.add(client);
    return { ...NOTHING_SHOWN, cause: 'none', batchId };
  };
  const known = (batchId: string): ModelBatch => {
    const batch = model.status(batchId);
    if (batch === undefined) throw new Error(`the model knows no batch ${batchId}`);
    return batch;
  };

  return {
    startedAt: STARTED_AT,
    authority: 'model',
    async writeSettings(client, settings) {
      clients.add(client);
      const merged = { ...(settingsInForce.get(client) ?? defaults), ...settings };
      settingsInForce.set(client, merged);
      model.writeSettings(client, merged);
    },
    async seed(client, id, attributes) {
      clients.add(client);
      model.seed(client, id, named(attributes), now);
    },
    async send(request: SentRequest) {
      const route = routeOf(request);
      if (route === undefined) throw new Error('the model has no HTTP');
      switch (route.kind) {
        case 'submit':
          return submit(route.client, route.api, request.body ?? new Uint8Array());
        case 'status':
          return NOTHING_SHOWN;
        case 'update': {
          const { id, attributes } = singleUpdate(route.parameters);
          if (id !== undefined) model.update(route.client, id, attributes, now);
          return NOTHING_SHOWN;
        }
        case 'fetch':
          return { ...NOTHING_SHOWN, status: model.fetch(route.client, route.id, now) === undefined ? 404 : 200 };
        default:
          return unreachable(route);
      }
    },
    async visit(client, ids) {
      clients.add(client);
      drawn += 1;
      return model.visit(client, { ...ids, newPcId: `${now}-${drawn}` }, now);
    },
    async advance(ms) {
      now += ms;
    },
    step: () => Promise.reject(new Error('the model has no slices')),
    async drain() {
      for (const client of clients) {
        for (const { batchId, rows } of model.waiting(client)) model.applyRows(batchId, rows, now);
      }
    },
    async batch(batchId) {
      const batch = known(batchId);
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
    async rows(batchId) {
      return [...known(batchId).results]
        .toSorted(([one], [other]) => one - other)
        .map(([row, { outcome, rule, column }]) => ({ row, id: undefined, outcome, rule, column }));
    },
    async diagnostics(batchId): Promise<readonly DiagnosticFacts[]> {
      const counts = new Map<RuleId, number>();
      for (const { rule } of known(batchId).notes) counts.set(rule, (counts.get(rule) ?? 0) + 1);
      return [...counts].map(([rule, count]) => ({ rule, count, positions: undefined }));
    },
    async profile(client, id) {
      return model.fetch(client, id, now)?.attributes.map(({ name, value }) => ({ layer: undefined, name, value }));
    },
    async close() {},
  };
}

const NOTHING_SHOWN: Reply = { status: undefined, cause: undefined, body: undefined, headers: undefined };

function settingsOf(options: ConformanceCase['options']): Settings {
  const { mode, pace: _, ...readings } = options;
  return { ...(mode === 'strict' ? STRICT_SETTINGS : DEFAULT_SETTINGS), ...readings };
}

const named = (attributes: readonly (readonly [string, string])[]): NamedValue[] =>
  attributes.map(([name, value]) => ({ name, value }));

/** sgl-params: the id, and the attributes that have the prefix and a value. */
function singleUpdate(parameters: URLSearchParams): { id: VisitorId | undefined; attributes: NamedValue[] } {
  const pcId = parameters.get('mboxPC');
  const thirdPartyId = parameters.get('mbox3rdPartyId');
  const attributes = [...parameters]
    .filter(([name, value]) => name.startsWith('profile.') && name !== 'profile.' && value !== '')
    .map(([name, value]) => ({ name: name.slice('profile.'.length), value }));
  if (thirdPartyId) return { id: { kind: 'thirdPartyId', value: thirdPartyId }, attributes };
  return { id: pcId ? { kind: 'pcId', value: pcId } : undefined, attributes };
}

function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
