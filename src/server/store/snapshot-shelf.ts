/** Copies of everything stored, kept beside the database so that all of it can be put back in one transaction. */
import { rmSync } from 'node:fs';
import type { Database } from 'better-sqlite3';
import { statements } from './statements.ts';
import { EmulatorError } from '../runtime/emulator-error.ts';
import { createPrivately } from '../../sqlite/private-paths.ts';
import type { StoreSnapshot } from './store.ts';

/** Snapshots at a time: each is an attached database, of which SQLite allows ten. */
const SNAPSHOTS_MAX = 8;
/** Bytes of all snapshots together, bodies included. */
const SNAPSHOT_BYTES_MAX = 1024 ** 3;

/**
 * Numbers only ever grow, in spite of a restore: a generation or sequence given out once must not come to mean another
 * client's life or batch.
 */
const NEVER_PUT_BACK = new Set(['counter', 'outcome_rule']);

/** `placeOf`: where the copy of a snapshot lies, a file or `:memory:`. */
export function snapshotShelf(
  database: Database,
  placeOf: (id: number) => string,
  snapshotsMax = SNAPSHOTS_MAX,
  bytesMax = SNAPSHOT_BYTES_MAX,
) {
  const { pluck, prepare } = statements(database);
  const kept = new Map<number, { readonly bytes: number; readonly bodies: ReadonlySet<string> }>();
  let lastId = 0;

  const selectTables = pluck<[], string>(
    "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
  );
  /** Client codes last: triggers count in them what is put back of others, and their counts are in the copy. */
  const tables = () => {
    const copied = selectTables.all().filter((name) => !NEVER_PUT_BACK.has(name) && name !== 'client');
    return [...copied, 'client'];
  };
  const selectBodyNames = pluck<[], string>('SELECT body_name FROM main.spooled_body');
  const selectBodyBytes = pluck<[], number>('SELECT ifnull(sum(body_bytes), 0) FROM main.spooled_body');
  const pageBytes = (schema: string) =>
    Number(database.pragma(`${schema}.page_count`, { simple: true })) *
    Number(database.pragma(`${schema}.page_size`, { simple: true }));
  const inTransaction = database.transaction((work: () => void) => work()).deferred;

  const refuseUnlessFits = () => {
    let bytes = pageBytes('main') + selectBodyBytes.get()!;
    for (const snapshot of kept.values()) bytes += snapshot.bytes;
    if (kept.size < snapshotsMax && bytes <= bytesMax) return;
    throw new EmulatorError(
      'snapshots-full',
      `There is no room for another snapshot: at most ${snapshotsMax} and ${bytesMax} bytes are kept. Discard one that is no longer needed.`,
    );
  };

  const detach = (id: number) => {
    database.exec(`DETACH ${schemaOf(id)}`);
    const place = placeOf(id);
    if (place !== IN_MEMORY) rmSync(place, { force: true });
  };

  return {
    take(): StoreSnapshot {
      refuseUnlessFits();
      lastId += 1;
      const id = lastId;
      const schema = schemaOf(id);
      const place = placeOf(id);
      if (place !== IN_MEMORY) createPrivately(place);
      prepare(`ATTACH ? AS ${schema}`).run(place);
      try {
        // Nobody needs half a snapshot: no journal.
        database.pragma(`${schema}.journal_mode = OFF`);
        database.pragma(`${schema}.synchronous = OFF`);
        inTransaction(() => {
          for (const table of tables()) {
            database.exec(`CREATE TABLE ${schema}."${table}" AS SELECT * FROM main."${table}"`);
          }
        });
      } catch (error) {
        detach(id);
        throw error;
      }
      const bytes = pageBytes(schema) + selectBodyBytes.get()!;
      kept.set(id, { bytes, bodies: new Set(selectBodyNames.all()) });
      return { id, bytes };
    },
    /** Within the caller's transaction. Undefined where there is none; `files` may be deleted once that is committed. */
    restore(id: number): { readonly files: readonly string[] } | undefined {
      const snapshot = kept.get(id);
      if (snapshot === undefined) return undefined;
      const before = selectBodyNames.all();
      for (const table of tables()) {
        database.exec(`DELETE FROM main."${table}"`);
        database.exec(`INSERT INTO main."${table}" SELECT * FROM ${schemaOf(id)}."${table}"`);
      }
      const after = new Set(selectBodyNames.all());
      return { files: before.filter((name) => !after.has(name)) };
    },
    /** `files` are the bodies that it alone held. */
    drop(id: number): { readonly files: readonly string[] } {
      const snapshot = kept.get(id);
      if (snapshot === undefined) return { files: [] };
      kept.delete(id);
      detach(id);
      const owned = new Set(selectBodyNames.all());
      return { files: [...snapshot.bodies].filter((name) => !owned.has(name)) };
    },
    /** Whether a snapshot needs this body, whoever else does not any more: bodies never change, so none is copied. */
    holds: (name: string) => Array.from(kept.values()).some(({ bodies }) => bodies.has(name)),
  };
}

export const IN_MEMORY = ':memory:';

const schemaOf = (id: number) => `snapshot_${id}`;
