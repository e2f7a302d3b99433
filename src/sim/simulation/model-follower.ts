/** Keeps the model beside the server: what the server accepts and applies, the model does, row by row, and must agree. */
import type { Api, VisitorId } from '../../protocol/vocabulary/index.ts';
import type { AttributeFile, BatchRecord } from '../../server/index.ts';
import { updateRequest } from '../api-calls.ts';
import { emulatorPort } from '../emulator-port.ts';
import type { SourceView, VisitIds } from '../port.ts';
import type { Performing } from './step.ts';
import type { World } from './world.ts';

/** Faults after which a single update was not made. */
const KEPT_OUT = new Set(['status', 'callsPerMinute', 'updatesPerDay', 'refuse', 'cutRequest']);

export function modelFollower({ server, model, time, ids, files, dropped, disagreements, log }: World) {
  const port = emulatorPort(server, time);
  /** The rows that the model has done, of batches that have not ended, by client code and batch id. */
  const open = new Map<string, Map<string, Set<number>>>();
  let newVisitors = 0;
  let journaled: string | undefined;

  const begin = (client: string, batchId: string) => {
    open.set(client, (open.get(client) ?? new Map<string, Set<number>>()).set(batchId, new Set()));
  };
  const hasMet = (client: string, id: VisitorId) =>
    ids.get(client)?.some(({ kind, value }) => kind === id.kind && value === id.value) === true;
  /** A visitor who may have a profile from here on. */
  const meet = (client: string, id: VisitorId) => {
    if (!hasMet(client, id)) ids.set(client, [...(ids.get(client) ?? []), id]);
  };
  const isAmidPcIds = (client: string) =>
    server
      .batches(client)
      .some(({ idKind, status, consumedCount }) => idKind === 'pcId' && status === 'incomplete' && consumedCount > 0);
  const followRows = async ({ batchId, faults }: BatchRecord, before: Set<number>) => {
    const rows = (await port.rows(batchId)).filter(({ row }) => !before.has(row));
    const lost = new Map<number, 'silent' | 'visible'>();
    for (const { row, rule } of rows) {
      if (rule === 'thr-loss' && faults?.silentLoss !== undefined) lost.set(row, 'silent');
      if (rule === 'thr-message-loss' && faults?.visibleLoss !== undefined) lost.set(row, 'visible');
      before.add(row);
    }
    const numbers = rows.map(({ row }) => row);
    model.applyRows(batchId, numbers, time.now(), lost);
    const results = model.status(batchId)!.results;
    for (const { row, outcome, rule } of rows) {
      const ours = results.get(row);
      if (ours?.outcome === outcome && ours.rule === rule) continue;
      const expected = `${ours?.outcome} by ${ours?.rule}`;
      disagreements.push(`Row ${row} of ${batchId} is ${outcome} by ${rule}, and ${expected} in the model.`);
    }
  };

  const source = async (client: string, given: SourceView) => {
    if (!ids.has(client)) ids.set(client, []);
    await port.setSource(client, given);
    model.setSource(client, given);
  };
  const sourcesOf = (client: string) => server.customerAttributes.sources(client);
  const visit = async (client: string, { pcId, thirdPartyId, marketingCloudVisitorId }: VisitIds) => {
    // Two pcIds that become one visitor in the middle of a batch: which of their rows goes first is undocumented.
    const isBoth = thirdPartyId !== undefined && (pcId !== undefined || marketingCloudVisitorId !== undefined);
    const given = { pcId, thirdPartyId, marketingCloudVisitorId };
    const asked = isBoth && isAmidPcIds(client) ? { pcId: undefined, thirdPartyId } : given;
    const visited = await port.visit(client, asked);
    const drawn: VisitorId = { kind: 'pcId', value: visited.pcId };
    newVisitors += 1;
    const newPcId = hasMet(client, drawn) ? `model-${newVisitors}` : visited.pcId;
    const ours = model.visit(client, { ...asked, newPcId }, time.now());
    if (ours.pcId !== visited.pcId || ours.created !== visited.created)
      disagreements.push(`A visit gives ${JSON.stringify(visited)}, and ${JSON.stringify(ours)} in the model.`);
    meet(client, drawn);
    if (thirdPartyId !== undefined) meet(client, { kind: 'thirdPartyId', value: thirdPartyId });
  };

  const perform: Performing<'visit' | 'update' | 'seed' | 'source' | 'file' | 'drop'> = {
    visit: ({ client, ids: given }) => visit(client, given),
    source: ({ client, source: given }) => source(client, given),
    async update({ client, id, values }) {
      meet(client, id);
      const before = server.batches(client)[0]?.batchId;
      const sent = port.send(updateRequest(client, id, values));
      const answer = await sent.then(({ status }) => status).catch(() => 'cut');
      // The journal alone knows which side of the commit a cut was on.
      const asked = { operation: 'update', kind: 'request', ...(journaled && { cursor: journaled }) } as const;
      const entry = server.journal.read(asked).entries.at(-1);
      if (entry?.kind !== 'request') return disagreements.push('A single update is not in the journal.');
      journaled = String(entry.sequence);
      const [newest] = server.batches(client);
      if (newest !== undefined && newest.batchId !== before) {
        model.updateLater(client, id, values, newest.batchId);
        begin(client, newest.batchId);
      } else if (!entry.faults.some((fault) => KEPT_OUT.has(fault))) model.update(client, id, values, time.now());
      return log(`update ${answer} ${entry.faults.join(' ')}`);
    },
    async seed({ client, id, values }) {
      meet(client, id);
      await port.seed(client, id, values);
      model.seed(client, id, values, time.now());
    },
    async file({ client, source: given, text, visitor }) {
      const { alias } = given;
      if (!sourcesOf(client).some((made) => made.alias === alias)) await source(client, given);
      const { sequence } = await server.customerAttributes.upload(client, alias, 'crm.csv', text);
      files.set(sequence, { client, text, visitor, rule: undefined, isDropped: false });
    },
    /** What goes with it: its batches, as they were. */
    async drop({ client }) {
      for (const batch of server.batches(client)) dropped.set(batch.batchId, batch);
      await port.dropClient(client);
      model.dropClient(client);
      open.delete(client);
      for (const file of files.values()) file.isDropped ||= file.client === client;
    },
  };

  return {
    meet,
    perform,
    accepted(client: string, api: Api, body: Uint8Array, batchId: string): void {
      const submission = model.submit(client, api, body, batchId);
      if (submission.kind === 'accepted') begin(client, batchId);
      else disagreements.push(`${batchId} was accepted, and the model refuses it by ${submission.rule}.`);
    },
    /** After a step: the rows that the server says it has applied. */
    async follow(): Promise<void> {
      for (const [client, batches] of open) {
        if (batches.size === 0) continue;
        for (const batch of server.batches(client).toReversed()) {
          const { batchId, consumedCount, status } = batch;
          const before = batches.get(batchId);
          if (before === undefined) continue;
          if (status !== 'incomplete') batches.delete(batchId);
          try {
            if (consumedCount > before.size) await followRows(batch, before);
            if (status === 'stuck') model.stop(batchId);
          } catch (error) {
            disagreements.push(error instanceof Error ? error.message : String(error));
          }
        }
      }
    },
    /** The server says it is processed, or has failed: whether and why is the model's to say. */
    fileEnded({ sequence, client, alias, loss }: AttributeFile): void {
      const file = files.get(sequence);
      if (file === undefined) disagreements.push(`File ${sequence} has ended, and nobody sent it.`);
      else if (!file.isDropped)
        file.rule = model.takeFile(client, alias, file.text, time.now(), new Set(loss?.first)) ?? 'none';
    },
    /** Whether some of a file is applied and the rest is not: who comes then sees what no document says. */
    isAmidFile: (client: string): boolean =>
      sourcesOf(client)
        .flatMap(({ alias }) => server.customerAttributes.files(client, alias).items)
        .some(({ status }) => status === 'applying'),
    /** In the end, for what files said of them. */
    async visitorsCome(): Promise<void> {
      for (const { client, visitor } of files.values()) await visit(client, { pcId: undefined, thirdPartyId: visitor });
    },
  };
}
