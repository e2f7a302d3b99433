/** Files of customer attributes in the database: from their upload to `processed` or `failed`. */
import type { Database } from 'better-sqlite3';
import type { FileFault, FileStatus } from '../../protocol/vocabulary/index.ts';
import { BoundedMap } from '../runtime/bounded-map.ts';
import { storedBody } from './body-check.ts';
import { type BodyParts, type BodyPlace, partsOf } from './body-place.ts';
import { jsonText } from './columns.ts';
import { fileColumns, headFileColumns } from './file-columns.ts';
import { type Bound, insertion, recordStatements, statements } from './statements.ts';
import { storedSettings } from './stored-settings.ts';
import type { AttributeFileChange, Body, NewAttributeFile } from './store.ts';
import type { RecordSlice } from './sync-store.ts';

export function fileReader(database: Database, bodies: BodyPlace) {
  const { pluck, raw } = statements(database);
  const { select } = recordStatements(database, fileColumns, 'FROM attribute_file JOIN client USING (generation)');
  const selectOne = select('WHERE sequence = ?');
  const selectPage =
    select(`WHERE generation = ? AND alias = ifnull(?, alias) AND status = ifnull(?, status) AND sequence < ?
     ORDER BY sequence DESC LIMIT ?`);
  const selectPacked = select("WHERE status = 'waiting' AND is_packed = 1");
  const selectLastDue = pluck<[number], number | null>('SELECT max(due_at) FROM attribute_file WHERE generation = ?');
  const selectDue = pluck<[string, number], number>(
    `SELECT 1 FROM attribute_file JOIN client USING (generation)
     WHERE status IN ('waiting', 'applying') AND is_packed = 0 AND client.code = +? AND due_at <= +? LIMIT 1`,
  );
  const selectBody = raw<[number], [name: string | null, body: Uint8Array | null]>(
    'SELECT body_name, body FROM attribute_file WHERE sequence = ?',
  );
  return {
    one: (sequence: number) => selectOne.get(sequence),
    page: (generation: number, of: { alias?: string; status?: FileStatus }, before: number, limit: number) =>
      selectPage.all(generation, of.alias ?? null, of.status ?? null, before, limit),
    isDue: (client: string, now: number) => selectDue.get(client, now) !== undefined,
    lastDueAt: (generation: number) => selectLastDue.get(generation) ?? undefined,
    packed: () => selectPacked.all(),
    /** Undefined where its bytes are gone. */
    parts(sequence: number): BodyParts | undefined {
      const [name, body] = selectBody.get(sequence) ?? [null, null];
      if (name !== null) return bodies.openParts(name);
      return body === null ? undefined : partsOf(body);
    },
  };
}

/** Of a source; their bodies are gone already. */
const ENDED_FILES_MAX = 10_000;
/** Sources whose files are counted once. */
const SOURCES_COUNTED_MAX = 1_000;

/** What a step of a file's application leaves. */
type FileProgress = RecordSlice['progress'] & { readonly created: number };

/** `letGo` is told of each spool file that nothing owns any more. */
export function fileTable(
  database: Database,
  bodies: BodyPlace,
  letGo: (bodyName: string | null) => void,
  endedFilesMax = ENDED_FILES_MAX,
) {
  const { prepare, pluck, raw } = statements(database);
  const columns = headFileColumns(storedSettings());
  const insert = prepare(
    insertion(
      'attribute_file',
      `generation, alias, name, status, bytes, received_at, fault, ended_at, body, body_name, body_bytes, body_checksum`,
    ),
  );
  const update = prepare(
    `UPDATE attribute_file SET name = ifnull(?, name), fin = ifnull(?, fin), is_packed = ifnull(?, is_packed),
       due_at = ifnull(?, due_at), loss = ifnull(?, loss), status = ifnull(?, status) WHERE sequence = ?`,
  );
  const updateBody = prepare(
    'UPDATE attribute_file SET body = ?, body_name = ?, body_bytes = ?, body_checksum = ? WHERE sequence = ?',
  );
  const selectBodyName = pluck<[number], string | null>('SELECT body_name FROM attribute_file WHERE sequence = ?');
  const remove = raw<[number], [bodyName: string | null, generation: number, alias: string, hasEnded: number]>(
    `DELETE FROM attribute_file WHERE sequence = ? RETURNING body_name, generation, alias, ended_at IS NOT NULL`,
  );
  const removeRoot = pluck<[number, string], string | null>(
    "DELETE FROM attribute_file WHERE generation = ? AND alias = ? AND status = 'uploaded' RETURNING body_name",
  );
  const ended = 'FROM attribute_file WHERE generation = ? AND alias = ? AND ended_at IS NOT NULL';
  const countEnded = pluck<[number, string], number>(`SELECT count(*) ${ended}`);
  const removeOldest = prepare(
    `DELETE FROM attribute_file WHERE sequence IN (SELECT sequence ${ended} ORDER BY sequence LIMIT ?)`,
  );
  const begin = prepare(
    "UPDATE attribute_file SET status = 'applying', rows = ?, skipped = ?, applied_bytes = ? WHERE sequence = ?",
  );
  const advance = prepare(
    `UPDATE attribute_file SET applied_bytes = ?, stretch_rows = ?, applied_rows = ?, created = created + ?,
       loss = ? WHERE sequence = ?`,
  );
  const end = raw<Bound[], [generation: number, alias: string]>(
    `UPDATE attribute_file SET status = ?, ended_at = ?, fault = ?, body = NULL, body_name = NULL WHERE sequence = ?
     RETURNING generation, alias`,
  );
  const selectHeads = recordStatements(
    database,
    columns,
    `FROM (
       SELECT *, row_number() OVER (PARTITION BY generation ORDER BY status, due_at, sequence) AS turn
       FROM attribute_file WHERE status IN ('waiting', 'applying') AND is_packed = 0
     ) JOIN client USING (generation)`,
  ).select('WHERE turn = 1 ORDER BY status, due_at, sequence');

  /** How many files of a source have ended: counted once, since to count them at each upload is to look at all of them. */
  const endedFiles = new BoundedMap<string, number>(SOURCES_COUNTED_MAX);
  const noteEnded = (generation: number, alias: string, files: number) => {
    const known = endedFiles.get(`${generation},${alias}`);
    if (known !== undefined) endedFiles.set(`${generation},${alias}`, known + files);
  };

  const bodyColumns = (body: Body | undefined) => {
    if (body === undefined) return [null, null, 0, 0] as const;
    const { bytes, name, byteLength, checksum } = storedBody(body);
    return [bytes, name, byteLength, checksum] as const;
  };

  return {
    ...fileReader(database, bodies),
    add(generation: number, { alias, name, receivedAt, bytes, body, fault }: NewAttributeFile): number {
      const [status, endedAt] = fault === undefined ? ['uploaded', null] : ['failed', receivedAt];
      if (fault !== undefined) noteEnded(generation, alias, 1);
      const known = [generation, alias, name, status, bytes, receivedAt, jsonText(fault), endedAt];
      return Number(insert.run(...known, ...bodyColumns(body)).lastInsertRowid);
    },
    change(sequence: number, { name, fin, isPacked, dueAt, loss, body }: AttributeFileChange): void {
      const status = fin === undefined ? null : 'waiting';
      const packed = isPacked === undefined ? null : Number(isPacked);
      update.run(name ?? null, fin ?? null, packed, dueAt ?? null, jsonText(loss), status, sequence);
      if (body === undefined) return;
      const before = selectBodyName.get(sequence) ?? null;
      // Of a file that is gone meanwhile, with its client code or by a restore, nothing may stay.
      const isThere = updateBody.run(...bodyColumns(body), sequence).changes > 0;
      letGo(isThere ? before : bodyColumns(body)[1]);
    },
    remove(sequence: number): void {
      const removed = remove.get(sequence);
      if (removed === undefined) return;
      const [bodyName, generation, alias, hasEnded] = removed;
      letGo(bodyName);
      noteEnded(generation, alias, -hasEnded);
    },
    /** Of a source those that ended longest ago, beyond a bound; how many they were. */
    trim(generation: number, alias: string): number {
      const source = `${generation},${alias}`;
      const files = endedFiles.get(source) ?? countEnded.get(generation, alias)!;
      endedFiles.set(source, Math.min(files, endedFilesMax));
      return files > endedFilesMax ? removeOldest.run(generation, alias, files - endedFilesMax).changes : 0;
    },
    /** What lies in a source's root without a `.fin`. */
    removeRoot: (generation: number, alias: string) => removeRoot.all(generation, alias).forEach(letGo),
    /** It is judged good. */
    begin: (sequence: number, rows: number, skipped: number, appliedBytes: number) =>
      begin.run(rows, skipped, appliedBytes, sequence),
    advance: (sequence: number, { appliedBytes, stretchRows, appliedRows, created, loss }: FileProgress) =>
      advance.run(appliedBytes, stretchRows, appliedRows, created, jsonText(loss), sequence),
    /** Its bytes are personal data, and of no further use. */
    end(sequence: number, now: number, fault: FileFault | undefined): void {
      letGo(selectBodyName.get(sequence) ?? null);
      const source = end.get(fault === undefined ? 'processed' : 'failed', now, jsonText(fault), sequence);
      if (source !== undefined) noteEnded(...source, 1);
    },
    /** Of each client code the next, due or not, in the order of their turns: one after the other (ca-order). */
    heads: () => selectHeads.all(),
    /** Forgets what is in memory, after a rollback. */
    forget: () => endedFiles.clear(),
  };
}
