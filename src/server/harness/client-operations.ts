/** Client codes: a fresh one, those in use, how each is paced and read, and dropping one with all it owns. */
import { TOKEN_SCOPES } from '../../protocol/rules/index.ts';
import type { ClientCode, Progression, Settings } from '../../protocol/vocabulary/index.ts';
import type { Services } from '../http/services.ts';
import { type GivenSettings, partialSettingsSchema, settingsSchema } from '../options.ts';
import { EmulatorError } from '../runtime/emulator-error.ts';
import type { ClientRecord } from '../store/store.ts';
import { ofClient, ofOneOrAll, page, type PageQuery } from './judged-fields.ts';
import { operation } from './operation.ts';
import { progression } from './progression.ts';
import { refusal } from './refusals.ts';
import { defined } from './as-json.ts';
import * as replies from './replies.ts';

export const clientOperations = {
  /**
   * A client code that nobody has used, another one at each call and the same ones for the same seed: one for each test,
   * and tests side by side never meet.
   *
   * @example
   * const code = emulator.clientCode(); // 't1-0ab3x9'
   */
  clientCode: operation({
    route: 'POST /clients',
    sentence: 'A client code that nobody has used, another one at each call and the same ones for the same seed.',
    replies: { 201: replies.newClient },
    does: ({ clientCodes }): string => clientCodes.next(),
    tells: (code) => ({ client: code }),
  }),
  /**
   * Client codes in use, the first 1,000 in the order of their first use unless `limit` says otherwise, each with its
   * readings, and its pace where it has one of its own. Throws a `ZodError` that names each wrong field.
   *
   * @example
   * emulator.clients().map(({ client }) => client); // ['demo']
   */
  clients: operation({
    route: 'GET /clients',
    sentence: 'Client codes in use, in the order of their first use.',
    takes: () => ({ query: page() }),
    replies: { 200: replies.clients },
    asked: (query?: Pick<PageQuery, 'limit'>) => ({ query: { limit: 1_000, ...query } }),
    does: ({ reader }, query) => reader.clients(query),
    gives: ({ items }): readonly ClientRecord[] => items,
    tells: ({ items, next }) => ({ clients: items, next: next ?? null }),
  }),
  /**
   * How many profiles and batches each client code owns. Beyond 20,000 profiles in all their numbers are estimated from a
   * part of them, and `exact` is false.
   *
   * @example
   * emulator.sizes().clients[0]; // { client: 'demo', profiles: 100, batches: 2 }
   */
  sizes: operation({
    route: 'GET /sizes',
    sentence: 'How many profiles and batches each client code owns.',
    replies: { 200: replies.sizes },
    does: ({ reader }) => reader.sizes(),
  }),
  /**
   * The client code and all it owns (profiles, batches, settings, faults, counts, journal) are gone at once, however much
   * it is. Where there is none, nothing happens.
   *
   * @example
   * await emulator.dropClient('demo');
   */
  dropClient: operation({
    route: 'DELETE /clients/{client}',
    sentence: 'Drops the client code and all it owns.',
    ...ofClient,
    does: async (services, { client }): Promise<void> => {
      const gone = dropped(services, client);
      services.faults.forget(client);
      await gone;
    },
  }),
  /**
   * The client code's profiles, batches, counts and journal are gone at once; its readings, its pace, its faults and its
   * tokens stay. Where there is none, nothing happens.
   *
   * @example
   * await emulator.resetClient('demo');
   */
  resetClient: operation({
    route: 'POST /clients/{client}/reset',
    sentence: 'Empties the client code; its readings, pace, faults and tokens stay.',
    ...ofClient,
    does: async (services, { client }): Promise<void> => {
      const { reader, writer } = services;
      const kept = reader.client(client);
      if (kept === undefined) return;
      const { settings, pace } = kept;
      const tokens = TOKEN_SCOPES.map((scope) => ({ scope, token: reader.token(client, scope) }));
      // Asked for at once, so that nothing comes in between.
      await Promise.all([
        dropped(services, client),
        writer.openClient(client, settings),
        pace && writer.writePace(client, pace, settings),
        ...tokens.map(({ scope, token }) => token && writer.writeToken(client, scope, token)),
      ]);
    },
  }),
  /**
   * Makes batches due now, whatever their pace: those of one client code, or all.
   *
   * @example
   * await emulator.release('demo');
   */
  release: operation({
    route: ['POST /release', 'POST /clients/{client}/release'],
    sentence: 'Makes waiting batches due now, whatever their pace: all, or those of one client code.',
    ...ofOneOrAll,
    does: async ({ writer, clock, clocks, kick }, { client }): Promise<void> => {
      await writer.releaseBatches(clock.now() + clocks.aheadMs(client), client);
      kick();
    },
  }),
  /**
   * How the client's batches get to their end; one that nobody has used has the emulator's own pace.
   *
   * @example
   * emulator.pace('demo'); // { kind: 'immediate' }
   */
  pace: operation({
    route: 'GET /clients/{client}/pace',
    sentence: 'How its batches get to their end.',
    ...ofClient,
    replies: { 200: progression },
    does: ({ reader, options }, { client }): Progression => reader.client(client)?.pace ?? { kind: options.pace },
  }),
  /**
   * How the client's batches get to their end, from the next one on; those accepted before keep theirs. Creates the client
   * code if it is new. Rejects with a `ZodError` that names each wrong field, and then nothing has changed.
   *
   * @example
   * await emulator.setPace('demo', { kind: 'polls', polls: 3 });
   */
  setPace: operation({
    route: 'PUT /clients/{client}/pace',
    sentence: 'Changes how its batches get to their end, from the next batch on.',
    takes: () => ({ ...ofClient.takes(), body: progression() }),
    replies: { 200: progression },
    asked: (client: string, pace: Progression) => ({ path: { client }, body: pace }),
    does: async ({ writer, options }, { client, body }) => writer.writePace(client, body, options.settings),
    tells: (_, __, { body }) => body,
  }),
  /**
   * The client's readings in force; undefined for a client code that nobody has used.
   *
   * @example
   * emulator.settings('demo')?.statusShape; // 'current'
   */
  settings: operation({
    route: 'GET /clients/{client}/settings',
    sentence: 'Its readings in force.',
    ...ofClient,
    replies: { 200: () => settingsSchema },
    does: ({ reader }, { client }): Settings | undefined => reader.client(client)?.settings,
    absent: ({ client }) => refusal(404, 'unknown-client', `nobody has used the client code ${client} yet.`),
  }),
  /**
   * Changes any of the client's readings, from its next batch on, and resolves to all of them. Creates the client code if
   * it is new. Rejects with a `ZodError` that names each wrong field, and then nothing has changed.
   *
   * @example
   * await emulator.setSettings('demo', { statusShape: '2020' });
   */
  setSettings: operation({
    route: 'PUT /clients/{client}/settings',
    sentence: 'Changes any of its readings, from the next batch on.',
    takes: () => ({ ...ofClient.takes(), body: partialSettingsSchema() }),
    replies: { 200: () => settingsSchema },
    asked: (client: string, changes: GivenSettings) => ({ path: { client }, body: changes }),
    does: async ({ writer, options }, { client, body }): Promise<Settings> => {
      options.flipped?.fixed(Object.keys(body));
      return writer.writeSettings(client, defined(body), options.settings);
    },
  }),
};

/** Out of sight at once; the space is reclaimed by later steps. */
async function dropped(services: Services, client: ClientCode): Promise<void> {
  const { writer, clocks, rateLimiter, accountCalls, updateLimiter, accountUpdates, journal, kick } = services;
  const restores = services.snapshots.begun();
  const aheadMs = clocks.aheadMs(client);
  const gone = writer.dropClient(client);
  // With the question, not with its answer: what is asked for in between is done for its next life, or after a restore.
  // What is counted for a sender (rateKey) stays: those calls were of whichever client codes.
  for (const each of [clocks, rateLimiter, accountCalls, updateLimiter, accountUpdates]) each.forget(client);
  try {
    await gone;
  } catch (error) {
    // A restore meanwhile has put its clock where it was then.
    if (services.snapshots.begun() === restores) clocks.of(client).advance(aheadMs);
    throw error;
  }
  kick();
  try {
    journal?.clear(client);
  } catch (error) {
    // The client code is gone whatever becomes of its entries; that the journal fails is told elsewhere.
    if (!(error instanceof EmulatorError)) throw error;
  }
}
