/** The model behind the port, with a clock of its own: a second opinion, down to the bytes of its replies. */
import { type Api, DEFAULT_SETTINGS, DIAGNOSTIC_POSITIONS_MAX, type Settings } from '../protocol/vocabulary/index.ts';
import { createModel, type Model, type ModelBatch, type WireOptions } from './model/index.ts';
import { createWire } from './model/wire.ts';
import { apiCalls, deliveryRequest, readDelivery, storedView } from './api-calls.ts';
import type {
  AppliedRows,
  BatchView,
  DeliveredCall,
  Delivery,
  Port,
  Reply,
  SentRequest,
  Submission,
  VisitIds,
  VisitView,
} from './port.ts';

export interface ModelPort extends Port {
  readonly model: Model;
  /** Applies the very rows that another system applied: their order across ids is that system's choice. */
  follow(applied: readonly AppliedRows[]): void;
  /** Under the id that another system gave the batch; without one the model counts. */
  submit(client: string, api: Api, file: Uint8Array, batchId?: string): Promise<Submission>;
  /** `newPcId` is used where the visitor needs one; without it the model counts. */
  visit(client: string, ids: VisitIds, newPcId?: string): Promise<VisitView>;
  deliver(client: string, call: DeliveredCall, newPcId?: string): Promise<Delivery>;
  /** Under the id by which it waits in another system; without one it is applied at once. */
  update(...asked: readonly [...Parameters<Port['update']>, batchId?: string]): ReturnType<Port['update']>;
  /** With the token that another system has issued, where the request asks for one. */
  send(request: SentRequest, newToken?: string): Promise<Reply>;
}

/**
 * `defaults` are the settings of client codes that have none of their own, `startMs` is in milliseconds since 1970. Pace and
 * queue bound matter to the replies of `send` alone: `manual` and 10,000 batches unless told.
 *
 * @throws Error in `batch` and `rows` for an unknown batch, and in `send` for an address that the API does not have.
 *
 * @example
 * const port = modelPort({ ...DEFAULT_SETTINGS, body: 'form' });
 * await port.submit('demo', 'v2', Buffer.from('batch=pcId,a\n1,x'));
 * await port.apply('demo', 'all');
 */
export function modelPort(
  defaults: Settings = DEFAULT_SETTINGS,
  startMs = 0,
  { pace = 'manual', waitingMax = WAITING_MAX }: Partial<Pick<WireOptions, 'pace' | 'waitingMax'>> = {},
): ModelPort {
  const model = createModel(defaults);
  const wire = createWire(model, { defaults, pace, waitingMax });
  let nowMs = startMs;
  /** Clients whose own clock was moved on, each by how much. */
  const ahead = new Map<string, number>();
  const nowOf = (client: string) => nowMs + (ahead.get(client) ?? 0);
  let drawn = 0;
  const draw = () => (drawn += 1);
  const follow = (applied: readonly AppliedRows[]) => {
    for (const { batchId, rows } of applied) model.applyRows(batchId, rows, nowOf(model.status(batchId)?.client ?? ''));
  };
  const view = (batchId: string) => batchView(batchId, known(model, batchId));
  const ask = ({ method, path, headers, body = new Uint8Array() }: SentRequest, newPcId?: string, token?: string) => {
    const sent = new Map(headers);
    const url = new URL(path, `http://${sent.get('host') ?? 'localhost'}`);
    const [, client = url.searchParams.get('client') ?? ''] =
      /^\/m2\/([^/]+)/.exec(url.pathname) ?? /^\/([^/]+)\/target\//.exec(url.pathname) ?? [];
    const aheadMs = ahead.get(client) ?? 0;
    const reply = wire.answer({ method, url, headers: sent, body, aheadMs }, nowMs + aheadMs, draw(), newPcId, token);
    if (reply === undefined) throw new Error(`the API has no ${method} ${path}`);
    return {
      status: reply.status,
      cause: reply.cause && `rule/${reply.cause}`,
      headers: new Map([['content-type', reply.contentType]]),
      body: Buffer.from(reply.body),
    };
  };

  return {
    model,
    follow,
    now: () => nowMs,
    advance(ms, client) {
      if (client === undefined) nowMs += ms;
      else ahead.set(client, (ahead.get(client) ?? 0) + ms);
    },
    async writeSettings(client, changes) {
      model.writeSettings(client, { ...(model.settings(client) ?? defaults), ...changes });
    },
    send: async (request, newToken) => ask(request, undefined, newToken),
    async submit(client, api, file, batchId = `${client}-${draw()}`) {
      const submission = model.submit(client, api, file, batchId);
      return submission.kind === 'rejection' ? { kind: 'rejected', rule: submission.rule } : submission;
    },
    async apply(client, amount) {
      const waiting = model.waiting(client);
      const [first] = waiting;
      const slice = first === undefined ? [] : [{ ...first, rows: first.rows.slice(0, 1) }];
      const applied = amount === 'all' ? waiting : slice;
      follow(applied);
      return applied;
    },
    deliver: async (client, call, newPcId) => readDelivery(ask(deliveryRequest(client, call), newPcId)),
    forget: async (client, id) => model.forget(client, id, nowOf(client)),
    visit: async (client, ids, newPcId = `model-${draw()}`) => model.visit(client, { ...ids, newPcId }, nowOf(client)),
    async update(client, id, values, batchId) {
      if (batchId === undefined) model.update(client, id, values, nowOf(client));
      else model.updateLater(client, id, values, batchId);
      return batchId;
    },
    async seed(client, id, values) {
      model.seed(client, id, values, nowOf(client));
    },
    fetch: apiCalls(async (request) => ask(request)).fetch,
    async profile(client, id) {
      const own = model.fetch(client, id, nowOf(client));
      return own && storedView({ ...own, customerAttributes: model.customers(client, id, nowOf(client)) });
    },
    batches: async (client) => model.batches(client).map(view),
    batch: async (batchId) => view(batchId),
    async rows(batchId) {
      const { results, ids } = known(model, batchId);
      return [...results]
        .map(([row, { outcome, rule, column }]) => ({
          row,
          id: ids[row - 1],
          outcome,
          rule,
          column: column || undefined,
        }))
        .toSorted((one, other) => one.row - other.row);
    },
    async setSource(client, source) {
      model.setSource(client, source);
    },
    upload: async (client, alias, file) => model.takeFile(client, alias, file, nowOf(client)),
    async dropClient(client) {
      ahead.delete(client);
      model.dropClient(client);
      wire.dropClient(client);
    },
  };
}

/** our-queue-bound, where no option says otherwise. */
const WAITING_MAX = 10_000;

function known(model: Model, batchId: string): ModelBatch {
  const batch = model.status(batchId);
  if (batch === undefined) throw new Error(`the model knows no batch ${batchId}`);
  return batch;
}

function batchView(batchId: string, { notes, ...batch }: ModelBatch): BatchView {
  const diagnostics = [...Map.groupBy(notes, ({ rule }) => rule)].map(([rule, positions]) => ({
    rule,
    count: positions.length,
    first: positions.slice(0, DIAGNOSTIC_POSITIONS_MAX).map(({ rule: _rule, ...position }) => position),
  }));
  return { ...batch, batchId, diagnostics };
}
