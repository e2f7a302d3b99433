/** Client codes in the database: each life of one is a generation. */
import type { Database } from 'better-sqlite3';
import type { ClientCode, Progression, Settings } from '../../protocol/vocabulary/index.ts';
import type { ClientRecord } from './store.ts';
import { storedSettings, writeSettingsText } from './stored-settings.ts';

export interface LivingClient extends ClientRecord {
  readonly generation: number;
  /** How many of its pcIds are aliases. */
  readonly links: number;
}

export interface ClientFinder {
  find(client: ClientCode): LivingClient | undefined;
  all(): readonly LivingClient[];
}

export interface ClientTable extends ClientFinder {
  create(client: ClientCode, settings: Settings): LivingClient;
  writeSettings(client: LivingClient, settings: Settings): void;
  writePace(client: LivingClient, pace: Progression): void;
  countLink(generation: number): void;
  /** The same work whatever the client owns. */
  drop(client: LivingClient): void;
}

type ClientRow = [code: ClientCode, generation: number, settings: string, links: number, pace: string | null];
const SELECT_CLIENT = 'SELECT code, generation, settings, links, pace FROM client';

export function clientFinder(database: Database): ClientFinder {
  const settingsTexts = storedSettings();
  // Asked at each request.
  const select = database.prepare<[string], ClientRow>(`${SELECT_CLIENT} WHERE code = ?`).raw();
  const selectAll = database.prepare<[], ClientRow>(`${SELECT_CLIENT} ORDER BY code`).raw();
  const living = ([code, generation, settings, links, pace]: ClientRow): LivingClient => ({
    client: code,
    generation,
    settings: settingsTexts.read(settings),
    links,
    ...(pace !== null && { pace: JSON.parse(pace) as Progression }),
  });
  return {
    find(client) {
      const row = select.get(client);
      return row && living(row);
    },
    all: () => selectAll.all().map(living),
  };
}

export function clientTable(database: Database): ClientTable {
  const drawGeneration = database
    .prepare<[], number>("UPDATE counter SET value = value + 1 WHERE name = 'generation' RETURNING value")
    .pluck();
  const insert = database.prepare('INSERT INTO client (code, generation, settings) VALUES (?, ?, ?)');
  const updateSettings = database.prepare('UPDATE client SET settings = ? WHERE code = ?');
  const updatePace = database.prepare('UPDATE client SET pace = ? WHERE code = ?');
  const updateLinks = database.prepare('UPDATE client SET links = links + 1 WHERE generation = ?');
  const remove = database.prepare('DELETE FROM client WHERE code = ?');
  const insertDropped = database.prepare('INSERT INTO dropped_generation (generation) VALUES (?)');
  return {
    ...clientFinder(database),
    create(client, settings) {
      const generation = drawGeneration.get()!;
      insert.run(client, generation, writeSettingsText(settings));
      return { client, generation, settings, links: 0 };
    },
    writeSettings(client, settings) {
      updateSettings.run(writeSettingsText(settings), client.client);
    },
    writePace(client, pace) {
      updatePace.run(JSON.stringify(pace), client.client);
    },
    countLink(generation) {
      updateLinks.run(generation);
    },
    drop(client) {
      remove.run(client.client);
      insertDropped.run(client.generation);
    },
  };
}
