/** Client codes in the database: each life of one is a generation. */
import type { Database } from 'better-sqlite3';
import { statements } from './statements.ts';
import type { TokenScope } from '../../protocol/rules/index.ts';
import type { ClientCode, Progression, Settings } from '../../protocol/vocabulary/index.ts';
import { BoundedMap } from '../runtime/bounded-map.ts';
import type { ClientRecord, StoredToken } from './store.ts';
import { storedSettings } from './stored-settings.ts';

export interface LivingClient extends ClientRecord {
  readonly generation: number;
  /** How many of its pcIds are aliases. */
  readonly links: number;
}

type ClientRow = [code: ClientCode, generation: number, settings: string, links: number, pace: string | null];
const SELECT_CLIENT = 'SELECT code, generation, settings, links, pace FROM client';

/** What it finds it remembers until it is told to `forget`: client codes are asked for several times a request. */
export function clientFinder(database: Database) {
  const { prepare, raw } = statements(database);
  const settingsTexts = storedSettings();
  const known = new BoundedMap<ClientCode, LivingClient>(CLIENTS_KNOWN_MAX);
  const select = raw<[string], ClientRow>(`${SELECT_CLIENT} WHERE code = ?`);
  const selectPage = raw<[number, number], ClientRow>(
    `${SELECT_CLIENT} WHERE generation > ? ORDER BY generation LIMIT ?`,
  );
  const selectToken = prepare<[string, string], StoredToken>(
    'SELECT value, expires_at AS expiresAt FROM token JOIN client USING (generation) WHERE code = +? AND scope = +?',
  );
  const living = ([code, generation, settings, links, pace]: ClientRow): LivingClient => ({
    client: code,
    generation,
    settings: settingsTexts.read(settings),
    links,
    ...(pace !== null && { pace: JSON.parse(pace) as Progression }),
  });
  return {
    find(client: ClientCode): LivingClient | undefined {
      const before = known.get(client);
      if (before !== undefined) return before;
      const row = select.get(client);
      if (row === undefined) return undefined;
      const found = living(row);
      known.set(client, found);
      return found;
    },
    forget: () => known.clear(),
    token: (client: ClientCode, scope: TokenScope) => selectToken.get(client, scope),
    /** In the order of their first use. */
    page: (after: number, limit: number) => selectPage.all(after, limit).map(living),
  };
}

/** The writer's side; `forget` after a rollback. */
export function clientTable(database: Database) {
  const { prepare, pluck } = statements(database);
  const drawGeneration = pluck<[], number>(
    "UPDATE counter SET value = value + 1 WHERE name = 'generation' RETURNING value",
  );
  const insert = prepare('INSERT INTO client (code, generation, settings) VALUES (?, ?, ?)');
  const updateSettings = prepare('UPDATE client SET settings = ? WHERE code = ?');
  const updatePace = prepare('UPDATE client SET pace = ? WHERE code = ?');
  const updateLinks = prepare('UPDATE client SET links = links + 1 WHERE generation = ?');
  const remove = prepare('DELETE FROM client WHERE code = ?');
  const insertDropped = prepare('INSERT INTO dropped_generation (generation) VALUES (?)');
  const deleteToken = prepare('DELETE FROM token WHERE generation = ? AND scope = ifnull(?, scope)');
  const insertToken = prepare('INSERT INTO token VALUES (?, ?, ?, ?)');
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
