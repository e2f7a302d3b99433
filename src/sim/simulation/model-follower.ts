/** Keeps the model beside the server: what the server accepts and applies, the model does, row by row, and must agree. */
import type { Api, VisitorId } from '../../protocol/vocabulary/index.ts';
import type { AttributeFile, BatchRecord, Emulator } from '../../server/index.ts';
import { updateRequest } from '../api-calls.ts';
import { emulatorPort } from '../emulator-port.ts';
import type { Model } from '../model/index.ts';
import type { AttributeValue, SourceView, VisitIds } from '../port.ts';
import type { FileEvidence } from './evidence.ts';
import type { SimulatedTime } from './simulated-time.ts';

export interface ModelFollower {
  accepted(client: string, api: Api, body: Uint8Array, batchId: string): void;
  /** After a step: the rows that the server says it has applied. */
  follow(): Promise<void>;
  visit(client: string, ids: VisitIds): Promise<void>;
  /** A line for the trace. */
  update(client: string, id: VisitorId, values: readonly AttributeValue[]): Promise<string>;
  seed(client: string, id: VisitorId, values: readonly AttributeValue[]): Promise<void>;
  source(client: string, source: SourceView): Promise<void>;
  file(client: string, source: SourceView, text: string): Promise<void>;
  /** The server says it is processed, or has failed: whether and why is the model's to say. */
  fileEnded(file: AttributeFile): void;
  /** Whether some of a file is applied and the rest is not: who comes then sees what no document says. */
  isAmidFile(client: string): boolean;
  /** What goes with it: its batches, as they were. */
  drop(client: string): Promise<readonly BatchRecord[]>;
  /** A visitor who may have a profile from here on. */
  meet(client: string, id: VisitorId): void;
  clients(): readonly string[];
  /** Every visitor that was met, by client code. */
  readonly ids: ReadonlyMap<string, readonly VisitorId[]>;
  readonly files: ReadonlyMap<number, FileEvidence>;
  readonly disagreements: readonly string[];
}

/** Faults after which a single update was not made. */
const KEPT_OUT = new Set(['status', 'callsPerMinute', 'refuse', 'cutRequest']);

export function modelFollower(server: Emulator, model: Model, time: SimulatedTime): ModelFollower {
  const port = emulatorPort(server, time);
  const known = new Map<string, Set<number>>();
  /** Batches that have not ended, by client code: the others need not be asked for again. */
  const open = new Map<string, Set<string>>();
  const ids = new Map<string, VisitorId[]>();
  const disagreements: string[] = [];
  const files = new Map<number, FileEvidence>();
  let newVisitors = 0;
  let journaled: string | undefined;

  const meet = (client: string, id: VisitorId) => {
    const met = ids.get(client) ?? [];
    ids.set(client, met);
    if (!met.some(({ kind, value }) => kind === id.kind && value === id.value)) met.push(id);
  };
  const isAmidPcIds = (client: string) =>
    (open.get(client)?.size ?? 0) > 0 &&
    server.batches(client).some((batch) => {
      const { idKind, status, consumedCount } = batch;
      return idKind === 'pcId' && status === 'incomplete' && consumedCount > 0;
    });

  const source = async (client: string, given: SourceView) => {
    if (!ids.has(client)) ids.set(client, []);
    await port.setSource(client, given);
    model.setSource(client, given);
  };
  const sourcesOf = (client: string) => server.customerAttributes.sources(client);

  return {
    accepted(client, api, body, batchId) {
      const submission = model.submit(client, api, body, batchId);
      if (submission.kind === 'accepted') {
        known.set(batchId, new Set());
        open.set(client, (open.get(client) ?? new Set()).add(batchId));
      } else disagreements.push(`${batchId} was accepted, and the model refuses it by ${submission.rule}.`);
    },
    async follow() {
      for (const [client, openOnes] of open) {
        if (openOnes.size === 0) continue;
        for (const batch of server.batches(client).toReversed()) {
          const { batchId, consumedCount, status, faults } = batch;
          const before = known.get(batchId);
          if (before === undefined || !openOnes.has(batchId)) continue;
          if (status !== 'incomplete') openOnes.delete(batchId);
          if (consumedCount > before.size) {
            const rows = (await port.rows(batchId)).filter(({ row }) => !before.has(row));
            const lost = new Map<number, 'silent' | 'visible'>();
            for (const { row, rule } of rows) {
              if (rule === 'thr-loss' && faults?.silentLoss !== undefined) lost.set(row, 'silent');
              if (rule === 'thr-message-loss' && faults?.visibleLoss !== undefined) lost.set(row, 'visible');
              before.add(row);
            }
            try {
              model.applyRows(
                batchId,
                rows.map(({ row }) => row),
                time.now(),
                lost,
              );
            } catch (error) {
              disagreements.push(error instanceof Error ? error.message : String(error));
              continue;
            }
            const results = model.status(batchId)!.results;
            for (const { row, outcome, rule } of rows) {
              const ours = results.get(row);
              if (ours?.outcome === outcome && ours.rule === rule) continue;
              const expected = `${ours?.outcome} by ${ours?.rule}`;
              disagreements.push(`Row ${row} of ${batchId} is ${outcome} by ${rule}, and ${expected} in the model.`);
            }
          }
          if (status === 'stuck') model.stop(batchId);
        }
      }
    },
    async visit(client, { pcId, thirdPartyId, marketingCloudVisitorId }) {
      // Two pcIds that become one visitor in the middle of a batch: which of their rows goes first is undocumented.
      const isBoth = thirdPartyId !== undefined && (pcId !== undefined || marketingCloudVisitorId !== undefined);
      const given = { pcId, thirdPartyId, marketingCloudVisitorId };
      const asked = isBoth && isAmidPcIds(client) ? { pcId: undefined, thirdPartyId } : given;
      const visited = await port.visit(client, asked);
      const drawn: VisitorId = { kind: 'pcId', value: visited.pcId };
      newVisitors += 1;
      const isNew = !(ids.get(client) ?? []).some(({ kind, value }) => kind === 'pcId' && value === visited.pcId);
      const newPcId = isNew ? visited.pcId : `model-${newVisitors}`;
      const ours = model.visit(client, { ...asked, newPcId }, time.now());
      if (ours.pcId !== visited.pcId || ours.created !== visited.created) {
        disagreements.push(`A visit gives ${JSON.stringify(visited)}, and ${JSON.stringify(ours)} in the model.`);
      }
      meet(client, drawn);
      if (thirdPartyId !== undefined) meet(client, { kind: 'thirdPartyId', value: thirdPartyId });
    },
    async update(client, id, values) {
      meet(client, id);
      const before = server.batches(client)[0]?.batchId;
      const answer = await port.send(updateRequest(client, id, values)).then(
        ({ status }) => String(status),
        () => 'cut',
      );
      // The journal alone knows which side of the commit a cut was on.
      const page = server.journal.read({
        operation: 'update',
        kind: 'request',
        ...(journaled && { cursor: journaled }),
      });
      const entry = page.entries.at(-1);
      if (entry?.kind !== 'request') {
        disagreements.push('A single update is not in the journal.');
        return 'update';
      }
      journaled = String(entry.sequence);
      const isMade = !entry.faults.some((fault) => KEPT_OUT.has(fault));
      const [newest] = server.batches(client);
      const waits = newest !== undefined && newest.batchId !== before;
      if (waits) {
        model.updateLater(client, id, values, newest.batchId);
        known.set(newest.batchId, new Set());
        open.set(client, (open.get(client) ?? new Set()).add(newest.batchId));
      } else if (isMade) model.update(client, id, values, time.now());
      return `update ${answer} ${entry.faults.join(' ')}`;
    },
    async seed(client, id, values) {
      meet(client, id);
      await port.seed(client, id, values);
      model.seed(client, id, values, time.now());
    },
    source,
    async file(client, given, text) {
      const { alias } = given;
      if (!sourcesOf(client).some((made) => made.alias === alias)) await source(client, given);
      const { sequence } = await server.customerAttributes.upload(client, alias, 'crm.csv', text);
      files.set(sequence, { client, text, rule: undefined, isDropped: false });
    },
    fileEnded({ sequence, client, alias, loss }) {
      const file = files.get(sequence);
      if (file === undefined) disagreements.push(`File ${sequence} has ended, and nobody sent it.`);
      else if (!file.isDropped)
        file.rule = model.takeFile(client, alias, file.text, time.now(), new Set(loss?.first)) ?? 'none';
    },
    isAmidFile: (client) =>
      sourcesOf(client).some(({ alias }) =>
        server.customerAttributes.files(client, alias).items.some(({ status }) => status === 'applying'),
      ),
    async drop(client) {
      const batches = server.batches(client);
      await port.dropClient(client);
      model.dropClient(client);
      open.delete(client);
      for (const file of files.values()) file.isDropped ||= file.client === client;
      return batches;
    },
    meet,
    clients: () => [...ids.keys()],
    ids,
    files,
    disagreements,
  };
}
