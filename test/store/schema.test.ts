import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { APPLICATION_ID, FIRST_VERSION, MIGRATIONS, SCHEMA_VERSION } from '../../src/server/store/migrations.ts';
import { migrate, openDatabase } from '../../src/server/store/open-database.ts';
import { memoryPlace } from '../../src/server/store/store-place.ts';
import { DEMO, NOW, openTestStore, pcId, thirdPartyId } from '../unit/server/store/store-fixture.ts';

describe('migrations', () => {
  it('number the database and sign it', () => {
    const { database } = memoryPlace();
    expect(versionOf(database)).toBe(SCHEMA_VERSION);
    expect(database.pragma('application_id', { simple: true })).toBe(APPLICATION_ID);
  });

  it('go on from the version that is there', () => {
    const database = new Sqlite(':memory:');
    migrate(database, 0, [...MIGRATIONS, 'CREATE TABLE added (x)']);
    migrate(database, SCHEMA_VERSION + 1, [...MIGRATIONS, 'CREATE TABLE added (x)', 'ALTER TABLE added ADD COLUMN y']);
    expect(versionOf(database)).toBe(SCHEMA_VERSION + 2);
    expect(database.prepare('SELECT x, y FROM added').all()).toEqual([]);
  });

  it('a step that fails leaves the version before it, whole', () => {
    const database = new Sqlite(':memory:');
    const broken = [...MIGRATIONS, 'CREATE TABLE half (x); CREATE TABLE client (x);'];
    expect(() => migrate(database, 0, broken)).toThrow('already exists');
    expect(versionOf(database)).toBe(SCHEMA_VERSION);
    expect(database.prepare("SELECT name FROM sqlite_schema WHERE name = 'half'").all()).toEqual([]);
  });
});

describe('a database of an earlier release', () => {
  const NEXT = [...MIGRATIONS, 'CREATE TABLE added (x)'];
  const earlier = () => {
    const directory = mkdtempSync(join(tmpdir(), 'tpe-earlier-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const path = join(directory, 'emulator.db');
    const database = openDatabase(path);
    database.prepare("UPDATE counter SET value = 7 WHERE name = 'generation'").run();
    database.close();
    return { directory, path, copy: `${path}.version-${SCHEMA_VERSION}` };
  };
  const generation = (database: Sqlite.Database) =>
    database.prepare("SELECT value FROM counter WHERE name = 'generation'").pluck().get();

  it('is migrated after a copy, which is private and opens as it was', () => {
    const { path, copy } = earlier();
    const migrated = openDatabase(path, NEXT);
    expect([versionOf(migrated), generation(migrated)]).toEqual([SCHEMA_VERSION + 1, 7]);
    migrated.close();
    expect(statSync(copy).mode & 0o777).toBe(0o600);
    const kept = openDatabase(copy);
    expect([versionOf(kept), generation(kept)]).toEqual([SCHEMA_VERSION, 7]);
    kept.close();
  });

  it('is copied anew where an earlier copy was cut short', () => {
    const { path, copy } = earlier();
    writeFileSync(`${copy}.unfinished`, 'half a copy');
    openDatabase(path, NEXT).close();
    const kept = openDatabase(copy);
    expect(generation(kept)).toBe(7);
    kept.close();
  });

  it('is copied under a free name, and what lies under the others stays', () => {
    const { directory, path, copy } = earlier();
    writeFileSync(copy, 'mine');
    writeFileSync(`${copy}.unfinished`, 'mine too');
    mkdirSync(`${copy}.1`);
    openDatabase(path, NEXT).close();
    expect([readFileSync(copy, 'utf8'), readFileSync(`${copy}.unfinished`, 'utf8')]).toEqual(['mine', 'mine too']);
    expect(readdirSync(`${copy}.1`)).toEqual([]);
    expect(statSync(`${copy}.2`).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory).filter((name) => name.endsWith('.unfinished'))).toHaveLength(1);
    const kept = openDatabase(`${copy}.2`);
    expect([versionOf(kept), generation(kept)]).toEqual([SCHEMA_VERSION, 7]);
    kept.close();
  });

  it('stays as it was where a step fails, with its copy', () => {
    const { path, copy } = earlier();
    expect(() => openDatabase(path, [...MIGRATIONS, 'CREATE TABLE client (x)'])).toThrow('already exists');
    for (const file of [path, copy]) {
      const database = openDatabase(file);
      expect([versionOf(database), generation(database)]).toEqual([SCHEMA_VERSION, 7]);
      database.close();
    }
  });

  it('of no release is refused, and left as it was', () => {
    const { directory, path } = earlier();
    const older = new Sqlite(path);
    older.pragma(`user_version = ${FIRST_VERSION - 1}`);
    older.close();
    const before = readFileSync(path);
    expect(() => openDatabase(path)).toThrow(/never released.*Move it away/);
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(readdirSync(directory)).toEqual(['emulator.db']);
  });

  it('of this release is not copied', () => {
    const { directory, path } = earlier();
    openDatabase(path).close();
    expect(readdirSync(directory)).toEqual(['emulator.db']);
  });
});

describe('the view for people', () => {
  it('shows every stored attribute as it is, whatever its text', () => {
    const place = memoryPlace();
    const { apply, store } = openTestStore({ place });
    const values = [
      'plain',
      'a,b',
      'x\ny',
      '%2C',
      '%250A',
      '',
      '"',
      '\\n',
      '\\',
      '","',
      '],[',
      '=1,2,3',
      'é漢😀',
      '\t\r\u0001',
    ];
    const attributes = values.map((value, index) => ({ name: `n${index},${value}`, value }));
    store.seedProfiles([{ client: DEMO, id: pcId('P'), attributes, now: NOW }]);
    apply({ rows: [{ kind: 'ignored' }, { id: 'T', values: { first: ',', second: '\n' } }], now: NOW + 1 });
    apply({ api: 'v1', rows: [{ id: 'T', values: { third: '3' } }], now: NOW + 2 });
    const select = place.database.prepare('SELECT * FROM profile_attribute WHERE id = ? ORDER BY modified_at, name');
    expect(select.all('T')).toEqual([
      {
        client: 'demo',
        kind: 'thirdPartyId',
        id: 'T',
        name: 'first',
        value: ',',
        layer: 'pending',
        modified_at: NOW + 1,
        batch: 1,
        row: 2,
      },
      {
        client: 'demo',
        kind: 'thirdPartyId',
        id: 'T',
        name: 'second',
        value: '\n',
        layer: 'pending',
        modified_at: NOW + 1,
        batch: 1,
        row: 2,
      },
      {
        client: 'demo',
        kind: 'thirdPartyId',
        id: 'T',
        name: 'third',
        value: '3',
        layer: 'base',
        modified_at: NOW + 2,
        batch: 2,
        row: 1,
      },
    ]);
    const seen = place.database
      .prepare('SELECT name, value, batch, "row" FROM profile_attribute WHERE kind = ?')
      .all('pcId');
    expect(seen.toSorted(byName)).toEqual(
      attributes.map(({ name, value }) => ({ name, value, batch: null, row: null })).toSorted(byName),
    );
  });

  it('shows every time as milliseconds, from the first to the last there is', () => {
    const place = memoryPlace();
    const { store } = openTestStore({ place });
    const times = [0, 35, 36, 1295, 1296, NOW, Number.MAX_SAFE_INTEGER];
    const attributes = [{ name: 'a', value: '1' }];
    store.seedProfiles(times.map((now) => ({ client: DEMO, id: pcId(String(now)), attributes, now })));
    const shown = place.database.prepare('SELECT modified_at FROM profile_attribute ORDER BY modified_at').pluck();
    expect(shown.all()).toEqual(times);
  });

  it('leaves out dropped client codes and finds nothing in empty profiles', () => {
    const place = memoryPlace();
    const { apply, store } = openTestStore({ place });
    store.seedProfiles([{ client: DEMO, id: pcId('empty'), attributes: [], now: NOW }]);
    apply({ rows: [{ id: 'T', values: { a: '1' } }] });
    const count = place.database.prepare('SELECT count(*) FROM profile_attribute').pluck();
    expect(count.get()).toBe(1);
    store.dropClient(DEMO);
    expect(count.get()).toBe(0);
  });

  it('thirdPartyIds and pcIds with one text are two profiles', () => {
    const { apply, attributes } = openTestStore();
    apply({ rows: [{ id: 'same', values: { a: '1' } }] });
    expect(attributes(pcId('same'))).toBeUndefined();
    expect(attributes(thirdPartyId('same'))).toBeDefined();
  });
});

function versionOf(database: Sqlite.Database): unknown {
  return database.pragma('user_version', { simple: true });
}

function byName(a: unknown, b: unknown): number {
  return (a as { name: string }).name < (b as { name: string }).name ? -1 : 1;
}
