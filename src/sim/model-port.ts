/** The model behind the port, with a clock of its own and batch ids that it counts. */
import type { Settings } from '../protocol/vocabulary/index.ts';
import { createModel } from './model/index.ts';
import { sortedByName } from './port.ts';
import type { AppliedRows, Port, VisitIds, VisitView } from './port.ts';

export interface ModelPort extends Port {
  /** Applies the very rows that another system applied: their order across ids is that system's choice. */
  follow(applied: readonly AppliedRows[]): void;
  /** `newPcId` is used where the visitor needs one; without it the model counts. */
  visit(client: string, ids: VisitIds, newPcId?: string): Promise<VisitView>;
}

export function modelPort(defaults: Settings, startMs: number): ModelPort {
  const model = createModel(defaults);
  const accepted: { readonly client: string; readonly batchId: string }[] = [];
  let nowMs = startMs;
  let newPcIds = 0;
  const follow = (applied: readonly AppliedRows[]) => {
    for (const { batchId, rows } of applied) model.applyRows(batchId, rows, nowMs);
  };

  return {
    now: () => nowMs,
    advance(ms) {
      nowMs += ms;
    },
    async writeSettings(client, settings) {
      model.writeSettings(client, settings);
    },
    async submit(client, api, file) {
      const batchId = `${client}-${accepted.length + 1}`;
      const submission = model.submit(client, api, file, batchId);
      if (submission.kind === 'rejection') return { kind: 'rejected', rule: submission.rule };
      accepted.push({ client, batchId });
      return submission;
    },
    async apply(client, amount) {
      const waiting = model.waiting(client);
      const applied =
        amount === 'all' ? waiting : waiting.slice(0, 1).map((one) => ({ ...one, rows: one.rows.slice(0, 1) }));
      follow(applied);
      return applied;
    },
    follow,
    async visit(client, ids, newPcId) {
      newPcIds += 1;
      const { pcId, created } = model.visit(client, { ...ids, newPcId: newPcId ?? `model-${newPcIds}` }, nowMs);
      return { pcId, created };
    },
    async update(client, id, values) {
      model.update(client, id, values, nowMs);
    },
    async seed(client, id, values) {
      model.seed(client, id, values, nowMs);
    },
    async fetch(client, id) {
      const view = model.fetch(client, id, nowMs);
      return (
        view && {
          modifiedAt: view.modifiedAt,
          attributes: sortedByName(view.attributes).map(({ name, value, modifiedAt }) => ({ name, value, modifiedAt })),
        }
      );
    },
    async profile(client, id) {
      const view = model.fetch(client, id, nowMs);
      return (
        view && {
          modifiedAt: view.modifiedAt,
          attributes: sortedByName(view.attributes).map(({ name, value, modifiedAt, layer }) => ({
            name,
            value,
            modifiedAt,
            layer,
          })),
        }
      );
    },
    async batches(client) {
      return accepted
        .filter((batch) => batch.client === client)
        .flatMap(({ batchId }) => {
          const batch = model.status(batchId);
          if (batch === undefined) return [];
          const notes: Record<string, number> = {};
          for (const { rule } of batch.notes) notes[rule] = (notes[rule] ?? 0) + 1;
          const { status, batchSize, consumedCount, successfulUpdates, profilesNotFound, failedUpdates, ignoredRows } =
            batch;
          const rows = [...batch.results]
            .toSorted(([one], [other]) => one - other)
            .map(([row, { outcome, rule, column }]) => ({
              row,
              outcome,
              rule,
              column: column === 0 ? undefined : column,
            }));
          const counters = {
            batchSize,
            consumedCount,
            successfulUpdates,
            profilesNotFound,
            failedUpdates,
            ignoredRows,
          };
          return [{ batchId, status, ...counters, rows, notes }];
        });
    },
    async dropClient(client) {
      model.dropClient(client);
    },
  };
}
