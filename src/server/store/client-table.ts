/** Client codes in the database: each life of one is a generation. */
import type { Database } from 'better-sqlite3';
import type { ClientCode, Progression, Settings } from '../../protocol/vocabulary/index.ts';
import { BoundedMap } from '../runtime/bounded-map.ts';
import type { ClientRecord } from './store.ts';
import { storedSettings } from './stored-settings.ts';

export interface LivingClient extends ClientRecord {
  readonly generation: number;
  /** How many of its pcIds are aliases. */
  readonly links: number;
}

export interface ClientFinder {
  find(client: ClientCode): LivingClient | undefined;
  all(): readonly LivingClient[];
}

/** The writer's side: it makes every change itself, so it looks a client code up once. */
export interface ClientTable extends ClientFinder {
  create(client: ClientCode, settings: Settings): LivingClient;
  writeSettings(client: LivingClient, settings: Settings): void;
  writePace(client: LivingClient, pace: Progression): void;
  countLink(generation: number): void;
  /** The same work whatever the client owns. */
  drop(client: LivingClient): void;
  /** Forgets what is in memory, after a rollback. */
  forget(): void;
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
  const settingsTexts = storedSettings();
  const finder = clientFinder(database);
  const known = new BoundedMap<ClientCode, LivingClient>(CLIENTS_KNOWN_MAX);
  return {
    all: finder.all,
    find(client) {
      const before = known.get(client);
      if (before !== undefined) return before;
      const living = finder.find(client);
      if (living === undefined) return undefined;
      known.set(client, living);
      return living;
    },
    create(client, settings) {
      const generation = drawGeneration.get()!;
      insert.run(client, generation, settingsTexts.write(settings));
      return { client, generation, settings, links: 0 };
    },
    writeSettings({ client }, settings) {
      updateSettings.run(settingsTexts.write(settings), client);
      known.delete(client);
    },
    writePace({ client }, pace) {
      updatePace.run(JSON.stringify(pace), client);
      known.delete(client);
    },
    countLink(generation) {
      updateLinks.run(generation);
      known.clear();
    },
    drop({ client, generation }) {
      remove.run(client);
      insertDropped.run(generation);
      known.delete(client);
    },
    forget: () => known.clear(),
  };
}

/** Client codes held in memory at a time; the one found first goes first. */
const CLIENTS_KNOWN_MAX = 64;
