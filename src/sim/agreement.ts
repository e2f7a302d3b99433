/** Runs one sequence of commands through two systems and tells where they first disagree. */
import type { KnownId, KnownIdKind, Settings } from '../protocol/vocabulary/index.ts';
import type { ModelPort } from './model-port.ts';
import { countersOf, fetchRequest, readToken, tokenRequest } from './api-calls.ts';
import type { BatchView, Delivery, Port, Reply, VisitView } from './port.ts';
import type { Command } from './workload/commands.ts';
import { ECIDS, PC_IDS, THIRD_PARTY_IDS } from './workload/text.ts';

export interface Contest {
  /** A client code that neither system has seen. */
  readonly client: string;
  readonly settings: Settings;
  readonly system: Port;
  readonly model: ModelPort;
}

/**
 * Undefined when both agree to the end; otherwise one paragraph for a person.
 *
 * @throws Error where a system breaks instead of answering.
 *
 * @example
 * const contest = { client: 'demo', settings: DEFAULT_SETTINGS, system: emulatorPort(emulator, clock), model: modelPort() };
 * await fc.assert(fc.asyncProperty(commandSequence(), async (commands) => !(await disagreement(commands, contest))));
 */
export async function disagreement(commands: readonly Command[], contest: Contest): Promise<string | undefined> {
  const { client, settings, system, model } = contest;
  const run: Run = { ...contest, pcIdBatches: new Set(), ids: new Set(POPULATION), isAmidPcIds: false, tokens: [] };
  await system.dropClient(NEIGHBOUR);
  await Promise.all([system, model].map((port) => port.writeSettings(client, settings)));
  for (const [index, command] of commands.entries()) {
    const found = await afterCommand(command, run);
    if (found !== undefined) return `Command ${index + 1}, ${command.kind}: ${found}`;
  }
  const found = await afterApplyingAll(run);
  return found && `At the end: ${found}`;
}

interface Run extends Contest {
  /** Batches whose rows are keyed by pcId. */
  readonly pcIdBatches: Set<string>;
  /** Every visitor id that was mentioned. */
  readonly ids: Set<string>;
  /** A slice of a pcId batch was applied, and perhaps not its rest. */
  isAmidPcIds: boolean;
  /** As issued, the latest last. */
  readonly tokens: string[];
}

/** Nothing is ever asked of it. */
const NEIGHBOUR = 'neighbour';

const idText = (kind: KnownIdKind, value: string) => JSON.stringify({ kind, value } satisfies KnownId);

const POPULATION = [
  ...PC_IDS.map((value) => idText('pcId', value)),
  ...THIRD_PARTY_IDS.map((value) => idText('thirdPartyId', value)),
  ...ECIDS.map((value) => idText('marketingCloudVisitorId', value)),
];

async function afterCommand(command: Command, run: Run): Promise<string | undefined> {
  const { client, system, model } = run;
  const both = async (what: string, ask: (port: Port) => Promise<unknown>) =>
    difference(what, await ask(system), await ask(model));
  switch (command.kind) {
    case 'submit': {
      const { api, file } = command;
      const ours = await system.submit(client, api, file.bytes);
      const theirs = await model.submit(client, api, file.bytes, 'batchId' in ours ? ours.batchId : undefined);
      if (ours.kind === 'rejected' || theirs.kind === 'rejected') return difference('submission', ours, theirs);
      const { idKind, rows } = file.spec;
      if (idKind === 'pcId') run.pcIdBatches.add(ours.batchId);
      for (const { id } of rows) if (id.text !== '') run.ids.add(idText(idKind, id.text));
      return undefined;
    }
    case 'apply': {
      const applied = await system.apply(client, command.amount);
      run.isAmidPcIds = applied.some(({ batchId }) => run.pcIdBatches.has(batchId));
      model.follow(applied);
      return undefined;
    }
    case 'visit': {
      const { ids } = command;
      // Two pcIds that become one visitor in the middle of a batch: which of their rows goes first is undocumented.
      if (run.isAmidPcIds && ids.thirdPartyId !== undefined) await applyAll(run);
      const ours = await system.visit(client, ids);
      // A new pcId is the system's to draw, but it must be new.
      const theirs = await model.visit(client, ids, isMet(ours.pcId, run) ? undefined : ours.pcId);
      run.ids.add(idText('pcId', ours.pcId));
      const bare = (visit: VisitView) => ({ ...visit, pcId: withoutHint(visit.pcId) });
      return difference('visit', bare(ours), bare(theirs));
    }
    case 'deliver': {
      const { ids, customerIds } = command.call;
      if (run.isAmidPcIds && (ids.thirdPartyId !== undefined || customerIds.length > 0)) await applyAll(run);
      const ours = await system.deliver(client, command.call);
      const tntId = ours.kind === 'delivered' ? ours.tntId : undefined;
      const newPcId = tntId === undefined || isMet(tntId, run) ? undefined : tntId.replace('.28_0', '');
      const theirs = await model.deliver(client, command.call, newPcId);
      if (tntId !== undefined) run.ids.add(idText('pcId', tntId));
      const bare = (told: Delivery) => ('tntId' in told ? { ...told, tntId: withoutHint(told.tntId) } : told);
      return difference('delivery', bare(ours), bare(theirs));
    }
    case 'forget':
      return both('deletion', (port) => port.forget(client, command.id));
    case 'update': {
      const { id, values } = command;
      const batchId = await system.update(client, id, values);
      if (batchId !== undefined && id.kind === 'pcId') run.pcIdBatches.add(batchId);
      await model.update(client, id, values, batchId);
      return undefined;
    }
    case 'seed':
      return both('seed', (port) => port.seed(client, command.id, command.values));
    case 'fetch':
      return both('fetch', (port) => port.fetch(client, command.id));
    case 'settings':
      return both('settings', (port) => port.writeSettings(client, command.settings));
    case 'advance': {
      const moved = { everybody: undefined, own: client, neighbour: NEIGHBOUR }[command.whose];
      for (const port of [system, model]) port.advance(command.ms, moved);
      return undefined;
    }
    case 'source':
      return both('source', (port) => port.setSource(client, command.source));
    case 'upload': {
      // What is due goes with it.
      await applyAll(run);
      const { source, file } = command;
      await both('source', (port) => port.setSource(client, source));
      return both('file', (port) => port.upload(client, source.alias, file));
    }
    case 'token': {
      const request = tokenRequest(client, command.method);
      const ours = await system.send(request);
      const token = readToken(ours);
      if (token !== undefined && command.method === 'POST') run.tokens.push(token.value);
      const theirs = await model.send(request, token?.value);
      return difference('token', [answered(ours), token], [answered(theirs), readToken(theirs)]);
    }
    case 'guarded': {
      const { authentication, id } = command;
      const token = { latest: run.tokens.at(-1), earlier: run.tokens.at(-2), wrong: 'wrong', none: undefined };
      const request = fetchRequest(client, id, token[command.token]);
      return both('answer', async (port) => {
        await port.writeSettings(client, { authentication });
        const answer = answered(await port.send(request));
        await port.writeSettings(client, { authentication: 'off' });
        return answer;
      });
    }
    case 'drop':
      return (await afterApplyingAll(run)) ?? both('drop', (port) => port.dropClient(client));
  }
}

/** Different ids of one batch may be applied in any order: the model takes the rows that the system took. */
async function applyAll({ client, system, model }: Run): Promise<void> {
  model.follow(await system.apply(client, 'all'));
}

async function afterApplyingAll(run: Run): Promise<string | undefined> {
  const { client, system, model } = run;
  await applyAll(run);
  const ours = await system.batches(client);
  const theirs = await model.batches(client);
  if (ours.length !== theirs.length) return difference('number of batches', ours.length, theirs.length);
  for (const [index, batch] of ours.entries()) {
    const [one, other] = [await system.rows(batch.batchId), await model.rows(batch.batchId)];
    const found = difference(`batch ${index + 1}`, [compared(batch), one], [compared(theirs[index]!), other]);
    if (found !== undefined) return found;
  }
  for (const text of run.ids) {
    const id = JSON.parse(text) as KnownId;
    const found = difference(`profile ${text}`, await system.profile(client, id), await model.profile(client, id));
    if (found !== undefined) return found;
  }
  return undefined;
}

const isMet = (pcId: string, { ids }: Run) => ids.has(idText('pcId', pcId));

/** Whether a pcId comes back with the hint it was sent with is not said (our-location-hint). */
const withoutHint = (pcId: string) => pcId.replace(/\.\d+(_\d+)?$/, '');

const answered = ({ status, cause }: Reply) => [status, cause];

/** Each system notes in its own order. */
function compared({ batchId, api, status, diagnostics, ...counters }: BatchView) {
  const notes = diagnostics.map(({ rule, count }) => `${rule} ${count}`).toSorted();
  return { batchId, api, status, ...countersOf(counters), notes };
}

/** Both sides as JSON, long texts cut: what differs stands near the front. */
function difference(what: string, ours: unknown, theirs: unknown): string | undefined {
  const [one, other] = [JSON.stringify(ours) ?? 'none', JSON.stringify(theirs) ?? 'none'];
  if (one === other) return undefined;
  let start = 0;
  while (one[start] === other[start]) start += 1;
  const excerpt = (text: string) => text.slice(Math.max(0, start - 200), start + 300);
  return `${what} differs.\n  system: ${excerpt(one)}\n  model:  ${excerpt(other)}`;
}
