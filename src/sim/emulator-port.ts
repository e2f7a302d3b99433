/** The emulator behind the port, without a socket: requests go straight into its `fetch`. */
import { readSubmitReply } from '../protocol/wire/index.ts';
import type { RuleId } from '../protocol/vocabulary/index.ts';
import type { Emulator, StoredProfile, VirtualClock } from '../server/index.ts';
import { sortedByName } from './port.ts';
import type { AppliedRows, BatchView, Port, RowView } from './port.ts';

/** The emulator must be made with pace `manual`, this clock, and `drive: 'by-hand'`. */
export function emulatorPort(emulator: Emulator, clock: VirtualClock): Port {
  /** Rows known to be applied, by batch: what `apply` compares with. */
  const known = new Map<string, ReadonlySet<number>>();

  const rowsOf = (batchId: string): readonly RowView[] => {
    const rows: RowView[] = [];
    let cursor: string | undefined;
    do {
      const page = emulator.rows(batchId, { limit: 1_000, cursor });
      for (const { row, outcome, rule, column } of page?.items ?? []) rows.push({ row, outcome, rule, column });
      cursor = page?.next;
    } while (cursor !== undefined);
    return rows;
  };

  const newlyApplied = (client: string): readonly AppliedRows[] => {
    const applied: AppliedRows[] = [];
    for (const batch of emulator.batches(client).toReversed()) {
      const before = known.get(batch.batchId) ?? new Set<number>();
      if (batch.consumedCount === before.size) continue;
      const numbers =
        batch.consumedCount === batch.batchSize
          ? Array.from({ length: batch.batchSize }, (_, index) => index + 1)
          : rowsOf(batch.batchId).map((row) => row.row);
      known.set(batch.batchId, new Set(numbers));
      applied.push({ batchId: batch.batchId, rows: numbers.filter((number) => !before.has(number)) });
    }
    return applied;
  };

  return {
    now: () => clock.now(),
    advance: (ms) => clock.advance(ms),
    async writeSettings(client, settings) {
      await emulator.setSettings(client, settings);
    },
    async submit(client, api, file) {
      const path = `/m2/${client}/${api === 'v2' ? 'v2/' : ''}profile/batchUpdate`;
      const response = await ask(emulator, 'POST', path, file);
      const cause = response.headers.get('x-emulator-cause');
      const reply = readSubmitReply(await response.text());
      if (cause !== null) {
        if (!cause.startsWith('rule/') || reply?.success === true) throw new Error(`refused and not refused: ${cause}`);
        return { kind: 'rejected', rule: cause.slice('rule/'.length) as RuleId };
      }
      const batchId = reply?.statusLink === undefined ? null : new URL(reply.statusLink).searchParams.get('batchId');
      if (batchId === null) throw new Error('accepted without a status link');
      return { kind: 'accepted', batchId };
    },
    async apply(client, amount) {
      await emulator.release(client);
      if (amount === 'slice') await emulator.step();
      else await emulator.drain();
      return newlyApplied(client);
    },
    async visit(client, { pcId, thirdPartyId }) {
      const ids = { ...(pcId === undefined ? {} : { pcId }), ...(thirdPartyId === undefined ? {} : { thirdPartyId }) };
      const visited = await emulator.visit(client, ids);
      return { pcId: visited.pcId, created: visited.created };
    },
    async update(client, id, values) {
      const parameters = new URLSearchParams([[id.kind === 'pcId' ? 'mboxPC' : 'mbox3rdPartyId', id.value]]);
      for (const { name, value } of values) parameters.append(`profile.${name}`, value);
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      expectStatus(await ask(emulator, 'POST', `/m2/${client}/profile/update`, parameters.toString(), headers), 200);
    },
    async seed(client, id, values) {
      const attributes = Object.fromEntries(values.map(({ name, value }) => [name, value]));
      await emulator.seedProfiles(client, [{ id, attributes }]);
    },
    async fetch(client, id) {
      const path = `/rest/v1/profiles/${id.kind === 'pcId' ? '' : 'thirdPartyId/'}${encodeURIComponent(id.value)}`;
      const response = await ask(emulator, 'GET', `${path}?client=${client}`);
      if (response.status === 404) {
        await response.text();
        return undefined;
      }
      expectStatus(response, 200);
      const { modifiedAt, profileAttributes } = await json<FetchReply>(response);
      const attributes = Object.entries(profileAttributes).map(([name, attribute]) => ({
        name,
        value: attribute.value,
        modifiedAt: Date.parse(attribute.modifiedAt),
      }));
      return { modifiedAt: Date.parse(modifiedAt), attributes: sortedByName(attributes) };
    },
    async profile(client, id) {
      const profile = emulator.profile(client, id);
      return profile && storedView(profile);
    },
    async batches(client) {
      const views: BatchView[] = [];
      for (const batch of emulator.batches(client).toReversed()) {
        const { batchId, status } = batch;
        const { batchSize, consumedCount, successfulUpdates, profilesNotFound, failedUpdates, ignoredRows } = batch;
        const counters = { batchSize, consumedCount, successfulUpdates, profilesNotFound, failedUpdates, ignoredRows };
        const notes = Object.fromEntries(batch.diagnostics.map(({ rule, count }) => [rule, count]));
        views.push({ batchId, status, ...counters, rows: rowsOf(batchId), notes });
      }
      return views;
    },
    dropClient: (client) => emulator.dropClient(client),
  };
}

interface FetchReply {
  readonly modifiedAt: string;
  readonly profileAttributes: Readonly<Record<string, { readonly value: string; readonly modifiedAt: string }>>;
}

function storedView({ modifiedAt, attributes }: StoredProfile) {
  const picked = attributes.map(({ name, value, modifiedAt: at, layer }) => ({ name, value, modifiedAt: at, layer }));
  return { modifiedAt, attributes: sortedByName(picked) };
}

async function ask(
  emulator: Emulator,
  method: string,
  path: string,
  body?: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const init: RequestInit = body === undefined ? { method, headers } : { method, headers, body };
  return emulator.fetch(new Request(`http://localhost${path}`, init));
}

async function json<Value>(response: Response): Promise<Value> {
  expectStatus(response, 200);
  return (await response.json()) as Value;
}

function expectStatus(response: Response, status: number): void {
  if (response.status !== status) throw new Error(`the emulator answered ${response.status} instead of ${status}`);
}
