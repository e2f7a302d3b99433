/** The second opinion of `src/sim/model`: replies byte for byte, rows, notes and profiles, without a server. */
import { DEFAULT_SETTINGS, STRICT_SETTINGS } from '../protocol/vocabulary/index.ts';
import type { RuleId, Settings } from '../protocol/vocabulary/index.ts';
import { createModel, createWire } from '../sim/model/index.ts';
import type { ModelBatch, NamedValue } from '../sim/model/index.ts';
import type { ConformanceCase, DiagnosticFacts, Step } from './case.ts';
import { clientsOf } from './run-case.ts';
import type { Session, Target } from './target.ts';

const STARTED_AT = Date.UTC(2026, 0, 1);
const AUTHORITY = 'model.localhost';
/** our-queue-bound, where no option says otherwise. */
const WAITING_MAX = 10_000;

export function modelTarget(): Target {
  return {
    name: 'model',
    cannot,
    shows: () => true,
    cannotHave,
    open: async (conformanceCase) => openModel(conformanceCase),
  };
}

function cannot(step: Step): string | undefined {
  if (step.kind === 'step') return 'the model has no slices';
  if (step.kind === 'request' && step.isLarge) return 'the model reads no large files';
  return undefined;
}

/** Readings, pace and the queue's bound; hosts and the like are a server's. */
function cannotHave(options: ConformanceCase['options']): string | undefined {
  const strange = Object.keys(options).find(
    (name) => !['mode', 'pace', 'queueBatchesMax'].includes(name) && !(name in DEFAULT_SETTINGS),
  );
  return strange === undefined ? undefined : `the model has no option ${strange}`;
}

function openModel(conformanceCase: ConformanceCase): Session {
  const { options } = conformanceCase;
  const defaults = settingsOf(options);
  const model = createModel(defaults);
  const pace = options['pace'] === 'realistic' ? 'realistic' : 'manual';
  const wire = createWire(model, { defaults, pace, waitingMax: Number(options['queueBatchesMax'] ?? WAITING_MAX) });
  let now = STARTED_AT;
  let drawn = 0;

  const known = (batchId: string): ModelBatch => {
    const batch = model.status(batchId);
    if (batch === undefined) throw new Error(`the model knows no batch ${batchId}`);
    return batch;
  };

  return {
    startedAt: STARTED_AT,
    authority: AUTHORITY,
    async writeSettings(client, settings) {
      model.writeSettings(client, { ...(model.settings(client) ?? defaults), ...settings });
    },
    async seed(client, id, attributes) {
      model.seed(client, id, named(attributes), now);
    },
    async send({ method, path, headers, body }) {
      drawn += 1;
      const sent = new Map(headers.map(([name, value]) => [name.toLowerCase(), value]));
      if (sent.get('content-type') === 'none') sent.delete('content-type');
      const url = new URL(path, `http://${sent.get('host') ?? AUTHORITY}`);
      const reply = wire.answer({ method, url, headers: sent, body: body ?? new Uint8Array() }, now, drawn);
      if (reply === undefined) throw new Error(`the API has no ${method} ${path}`);
      return {
        status: reply.status,
        cause: reply.cause === undefined ? 'none' : `rule/${reply.cause}`,
        body: Buffer.from(reply.body, 'utf8').toString('latin1'),
        headers: new Map([['content-type', reply.contentType]]),
      };
    },
    async visit(client, ids) {
      drawn += 1;
      return model.visit(client, { ...ids, newPcId: `${now}-${drawn}` }, now);
    },
    async advance(ms) {
      now += ms;
    },
    step: () => Promise.reject(new Error('the model has no slices')),
    async drain() {
      for (const client of clientsOf(conformanceCase)) {
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
      const { results, ids } = known(batchId);
      return [...results]
        .toSorted(([one], [other]) => one - other)
        .map(([row, { outcome, rule, column }]) => ({ row, id: ids[row - 1], outcome, rule, column }));
    },
    async diagnostics(batchId): Promise<readonly DiagnosticFacts[]> {
      const positions = new Map<RuleId, string[]>();
      for (const { rule, row, column } of known(batchId).notes) {
        const position = `${row ?? ''}${column === undefined ? '' : `:${column}`}`;
        positions.set(rule, [...(positions.get(rule) ?? []), position]);
      }
      return [...positions].map(([rule, all]) => ({ rule, count: all.length, positions: all.slice(0, NOTED_MAX) }));
    },
    async profile(client, id) {
      return model.fetch(client, id, now)?.attributes.map(({ name, value, layer }) => ({ layer, name, value }));
    },
    async close() {},
  };
}

/** Positions that a diagnostic names; the rest is only counted. */
const NOTED_MAX = 100;

/** Options are written as text. */
function settingsOf(options: ConformanceCase['options']): Settings {
  const preset = options['mode'] === 'strict' ? STRICT_SETTINGS : DEFAULT_SETTINGS;
  const readings = Object.entries(options)
    .filter(([name]) => name in preset)
    .map(([name, text]) => [name, typeof preset[name as keyof Settings] === 'number' ? Number(text) : text]);
  return { ...preset, ...Object.fromEntries(readings) };
}

const named = (attributes: readonly (readonly [string, string])[]): NamedValue[] =>
  attributes.map(([name, value]) => ({ name, value }));
