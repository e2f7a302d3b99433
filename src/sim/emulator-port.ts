/** The emulator of this process behind the port: requests go straight into its `fetch`, all else through its handle. */
import type { KnownId } from '../protocol/vocabulary/index.ts';
import type { Emulator, StoredProfile, VirtualClock } from '../server/index.ts';
import { apiCalls, expectSuccess, storedView, updateRequest } from './api-calls.ts';
import type { AppliedRows, Port, Reply, RowView, SentRequest } from './port.ts';

/**
 * The emulator must be made with pace `manual`, this clock, and `drive: 'by-hand'`. `authority` is the host of requests that
 * name none, `localhost` by default.
 *
 * @throws Error in every method where the emulator answers as the API never does; ZodError for settings that do not hold.
 *
 * @example
 * const clock = virtualClock();
 * const emulator = await createEmulator({ pace: 'manual' }, { clock, drive: 'by-hand' });
 * const port = emulatorPort(emulator, clock);
 * await port.submit('demo', 'v2', Buffer.from('batch=pcId,a\n1,x'));
 */
export function emulatorPort(emulator: Emulator, clock: VirtualClock, authority = 'localhost'): Port {
  /** Rows known to be applied, by batch: what `apply` compares with. */
  const known = new Map<string, ReadonlySet<number>>();
  const send = (request: SentRequest) => carry(emulator, authority, request);

  const rows = async (batchId: string): Promise<readonly RowView[]> => {
    const found: RowView[] = [];
    let cursor: string | undefined;
    do {
      const page = emulator.rows(batchId, { limit: 1_000, cursor });
      found.push(...(page?.items ?? []));
      cursor = page?.next;
    } while (cursor !== undefined);
    return found;
  };
  const newlyApplied = async (client: string): Promise<readonly AppliedRows[]> => {
    const applied: AppliedRows[] = [];
    for (const { batchId, consumedCount } of emulator.batches(client).toReversed()) {
      const before = known.get(batchId) ?? new Set<number>();
      if (consumedCount === before.size) continue;
      const numbers = (await rows(batchId)).map(({ row }) => row);
      known.set(batchId, new Set(numbers));
      applied.push({ batchId, rows: numbers.filter((number) => !before.has(number)) });
    }
    return applied;
  };

  return {
    ...apiCalls(send),
    send,
    rows,
    now: () => clock.now(),
    advance: (ms, client) => (client === undefined ? clock : emulator.client(client).clock).advance(ms),
    async writeSettings(client, changes) {
      await emulator.setSettings(client, changes);
    },
    async apply(client, amount) {
      await emulator.release(client);
      if (amount === 'slice') await emulator.step();
      else await emulator.drain();
      return newlyApplied(client);
    },
    async update(client, id, values) {
      const before = emulator.batches(client)[0]?.batchId;
      expectSuccess(await send(updateRequest(client, id, values)));
      const [newest] = emulator.batches(client);
      return newest?.batchId === before ? undefined : newest?.batchId;
    },
    visit: (client, ids) => emulator.visit(client, ids),
    forget: (client, id) => emulator.deleteProfile(client, id),
    async seed(client, id, values) {
      const attributes = Object.fromEntries(values.map(({ name, value }) => [name, value]));
      await emulator.seedProfiles(client, [{ id, attributes }]);
    },
    async profile(client, id) {
      const profile = profileOf(emulator, client, id);
      return profile && storedView(profile);
    },
    batches: async (client) => emulator.batches(client).toReversed(),
    async batch(batchId) {
      const found = emulator.batches().find((batch) => batch.batchId === batchId);
      if (found === undefined) throw new Error(`the emulator knows no batch ${batchId}`);
      return found;
    },
    dropClient: (client) => emulator.dropClient(client),
    async setSource(client, { alias, ...source }) {
      const subscribed = source.subscribed === 'all' ? source.subscribed : [...source.subscribed];
      const given = { ...source, keys: ['ssh-ed25519 AAAA'], subscribed };
      await emulator.customerAttributes.setSource(client, alias, given);
    },
    async upload(client, alias, file) {
      const { sequence } = await emulator.customerAttributes.upload(client, alias, 'crm.csv', file);
      await emulator.drain();
      const ended = emulator.customerAttributes.files(client, alias).items.find((each) => each.sequence === sequence);
      if (ended?.endedAt === undefined) throw new Error('a file that is due was not taken');
      return ended.fault?.rule;
    },
  };
}

/** By an id that need not be legal: the model has no profile of such an id, the handle refuses it. */
export function profileOf(emulator: Pick<Emulator, 'profile'>, client: string, id: KnownId): StoredProfile | undefined {
  try {
    return emulator.profile(client, id);
  } catch (error) {
    // By types, nothing but the id's value can be wrong here.
    if (error instanceof Error && error.name === 'ZodError') return undefined;
    throw error;
  }
}

async function carry(emulator: Emulator, authority: string, request: SentRequest): Promise<Reply> {
  const { method, path, body } = request;
  const headers = new Headers(request.headers.map(([name, value]): [string, string] => [name, value]));
  const host = headers.get('host') ?? authority;
  headers.delete('host');
  const response = await emulator.fetch(new Request(`http://${host}${path}`, { method, headers, body: body ?? null }));
  return {
    status: response.status,
    cause: response.headers.get('x-emulator-cause') ?? undefined,
    headers: new Map(response.headers),
    body: new Uint8Array(await response.arrayBuffer()),
  };
}
