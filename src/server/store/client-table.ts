/** Client codes in the database: each life of one is a generation. */
import type { Database } from 'better-sqlite3';
import type { TokenScope } from '../../protocol/rules/index.ts';
import type { ClientCode, Progression, Settings } from '../../protocol/vocabulary/index.ts';
import { BoundedMap } from '../runtime/bounded-map.ts';
import { type FieldsOf, json, plain } from './columns.ts';
import { insertion, recordStatements, statements } from './statements.ts';
import type { ClientRecord, StoredToken } from './store.ts';
import { type StoredSettings, storedSettings } from './stored-settings.ts';

const clientColumns = ({ read }: StoredSettings) => ({
  client: plain<ClientCode>('code'),
  generation: plain<number>('generation'),
  settings: { sql: 'settings', of: read },
  /** How many of its pcIds are aliases. */
  links: plain<number>('links'),
  pace: json<Progression>('pace'),
});

export type LivingClient = FieldsOf<ReturnType<typeof clientColumns>>;

/** What it finds it remembers until it is told to `forget`: client codes are asked for several times a request. */
export function clientFinder(database: Database) {
  const columns = clientColumns(storedSettings());
  const known = new BoundedMap<ClientCode, LivingClient>(CLIENTS_KNOWN_MAX);
  const { select } = recordStatements(database, columns, 'FROM client');
  const selectOne = select('WHERE code = ?');
  const selectPage = select('WHERE generation > ? ORDER BY generation LIMIT ?');
  const selectToken = statements(database).prepare<[string, string], StoredToken>(
    'SELECT value, expires_at AS expiresAt FROM token JOIN client USING (generation) WHERE code = +? AND scope = +?',
  );
  return {
    find(client: ClientCode): LivingClient | undefined {
      const before = known.get(client);
      if (before !== undefined) return before;
      const found = selectOne.get(client);
      if (found !== undefined) known.set(client, found);
      return found;
    },
    forget: () => known.clear(),
    token: (client: ClientCode, scope: TokenScope) => selectToken.get(client, scope),
    /** In the order of their first use. */
    page: (after: number, limit: number) => selectPage.all(after, limit),
  };
}

/** The writer's side; `forget` after a rollback. */
export function clientTable(database: Database) {
  const { prepare, pluck } = statements(database);
  const drawGeneration = pluck<[], number>(
    "UPDATE counter SET value = value + 1 WHERE name = 'generation' RETURNING value",
  );
  const insert = prepare(insertion('client', 'code, generation, settings'));
  const updateSettings = prepare('UPDATE client SET settings = ? WHERE code = ?');
  const updatePace = prepare('UPDATE client SET pace = ? WHERE code = ?');
  const updateLinks = prepare('UPDATE client SET links = links + 1 WHERE generation = ?');
  const remove = prepare('DELETE FROM client WHERE code = ?');
  const insertDropped = prepare(insertion('dropped_generation', 'generation'));
  const deleteToken = prepare('DELETE FROM token WHERE generation = ? AND scope = ifnull(?, scope)');
  const insertToken = prepare(insertion('token', 'generation, scope, value, expires_at'));
  const settingsTexts = storedSettings();
  const { find, forget } = clientFinder(database);
  return {
    find,
    forget,
    create(client: ClientCode, settings: Settings): LivingClient {
      const generation = drawGeneration.get()!;
      insert.run(client, generation, settingsTexts.write(settings));
      return { client, generation, settings, links: 0 };
    },
    writeSettings({ client }: LivingClient, settings: Settings): void {
      updateSettings.run(settingsTexts.write(settings), client);
      forget();
    },
    writePace({ client }: LivingClient, pace: Progression): void {
      updatePace.run(JSON.stringify(pace), client);
      forget();
    },
    writeToken({ generation }: LivingClient, scope: TokenScope, token: StoredToken | undefined): void {
      deleteToken.run(generation, scope);
      if (token !== undefined) insertToken.run(generation, scope, token.value, token.expiresAt);
    },
    countLink(generation: number): void {
      updateLinks.run(generation);
      forget();
    },
    /** The same work whatever the client owns. */
    drop({ client, generation }: LivingClient): void {
      remove.run(client);
      deleteToken.run(generation, null);
      insertDropped.run(generation);
      forget();
    },
  };
}

/** What is told of it outside. */
export function clientRecord({ client, settings, pace }: LivingClient): ClientRecord {
  return { client, settings, ...(pace !== undefined && { pace }) };
}

/** Client codes held in memory at a time; the one found first goes first. */
const CLIENTS_KNOWN_MAX = 64;
