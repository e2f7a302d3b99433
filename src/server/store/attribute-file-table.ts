/** Files of customer attributes in the database: from their upload to `processed` or `failed`. */
import type { Database } from 'better-sqlite3';
import type { ClientCode, FileFault, FileStatus } from '../../protocol/vocabulary/index.ts';
import { type BodyParts, type BodyPlace, partsOf } from './body-place.ts';
import { storedSettings } from './stored-settings.ts';
import type { AttributeFile, AttributeFileChange, Body, FileLoss, NewAttributeFile } from './store.ts';
import type { HeadFile, RecordSlice } from './sync-store.ts';

const COLUMNS = `sequence, client.code AS client, alias, name, status, bytes, received_at AS receivedAt, fin,
  is_packed AS isPacked, due_at AS dueAt, ended_at AS endedAt, fault, rows, skipped, created,
  applied_rows AS appliedRows, body_bytes AS bodyBytes, loss`;
const FROM = 'FROM attribute_file JOIN client USING (generation)';

interface FileRow extends Omit<AttributeFile, 'fault' | 'isPacked' | 'fin' | 'dueAt' | 'endedAt' | 'loss'> {
  readonly client: ClientCode;
  readonly status: FileStatus;
  readonly fault: string | null;
  readonly isPacked: number;
  readonly fin: string | null;
  readonly dueAt: number | null;
  readonly endedAt: number | null;
  readonly loss: string | null;
}

interface HeadFileRow extends Omit<HeadFile, 'settings' | 'bodyChecksum' | 'loss'> {
  readonly bodyChecksum: number | null;
  readonly settingsText: string;
  readonly loss: string | null;
}

const lossOf = (text: string | null) => (text === null ? undefined : (JSON.parse(text) as FileLoss));
const textOf = (value: object | undefined) => (value === undefined ? null : JSON.stringify(value));

const fileOf = ({ fault, isPacked, fin, dueAt, endedAt, loss, ...rest }: FileRow): AttributeFile => ({
  ...rest,
  isPacked: isPacked === 1,
  fin: fin ?? undefined,
  dueAt: dueAt ?? undefined,
  endedAt: endedAt ?? undefined,
  fault: fault === null ? undefined : (JSON.parse(fault) as FileFault),
  loss: lossOf(loss),
});

export function fileReader(database: Database, bodies: BodyPlace) {
  const selectOne = database.prepare<[number], FileRow>(`SELECT ${COLUMNS} ${FROM} WHERE sequence = ?`);
  const select = database.prepare<[number, string | null, FileStatus | null, number, number], FileRow>(
    `SELECT ${COLUMNS} ${FROM} WHERE generation = ? AND alias = ifnull(?, alias) AND status = ifnull(?, status) AND sequence < ?
     ORDER BY sequence DESC LIMIT ?`,
  );
  const selectPacked = database.prepare<[], FileRow>(
    `SELECT ${COLUMNS} ${FROM} WHERE status = 'waiting' AND is_packed = 1`,
  );
  const selectLastDue = database
    .prepare<[number], number | null>('SELECT max(due_at) FROM attribute_file WHERE generation = ?')
    .pluck();
  const selectDue = database.prepare<[string, number], number>(
    `SELECT 1 ${FROM} WHERE status IN ('waiting', 'applying') AND is_packed = 0 AND client.code = +? AND due_at <= +? LIMIT 1`,
  );
  const selectBody = database
    .prepare<[number], [name: string | null, body: Uint8Array | null]>(
      'SELECT body_name, body FROM attribute_file WHERE sequence = ?',
    )
    .raw();
  return {
    one(sequence: number): AttributeFile | undefined {
      const row = selectOne.get(sequence);
      return row && fileOf(row);
    },
    page: (generation: number, of: { alias?: string; status?: FileStatus }, before: number, limit: number) =>
      select.all(generation, of.alias ?? null, of.status ?? null, before, limit).map(fileOf),
    isDue: (client: string, now: number) => selectDue.get(client, now) !== undefined,
    lastDueAt: (generation: number) => selectLastDue.get(generation) ?? undefined,
    packed: () => selectPacked.all().map(fileOf),
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

/** What a step of a file's application leaves. */
export type FileProgress = RecordSlice['progress'] & { readonly created: number };

export function fileTable(database: Database, bodies: BodyPlace) {
  const reader = fileReader(database, bodies);
  const settingsTexts = storedSettings();
  const insert = database.prepare(
    `INSERT INTO attribute_file
       (generation, alias, name, status, bytes, received_at, fault, ended_at, body, body_name, body_bytes, body_checksum)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const update = database.prepare(
    `UPDATE attribute_file SET name = ifnull(?, name), fin = ifnull(?, fin), is_packed = ifnull(?, is_packed),
       due_at = ifnull(?, due_at), loss = ifnull(?, loss), status = ifnull(?, status) WHERE sequence = ?`,
  );
  const updateBody = database.prepare(
    'UPDATE attribute_file SET body = ?, body_name = ?, body_bytes = ?, body_checksum = ? WHERE sequence = ?',
  );
  const selectBodyName = database
    .prepare<[number], string | null>('SELECT body_name FROM attribute_file WHERE sequence = ?')
    .pluck();
  const remove = database
    .prepare<[number], string | null>('DELETE FROM attribute_file WHERE sequence = ? RETURNING body_name')
    .pluck();
  const removeRoot = database
    .prepare<[number, string], string | null>(
      "DELETE FROM attribute_file WHERE generation = ? AND alias = ? AND status = 'uploaded' RETURNING body_name",
    )
    .pluck();
  const ended = "generation = ? AND alias = ? AND status IN ('processed', 'failed')";
  const trim = database.prepare(
    `DELETE FROM attribute_file WHERE ${ended} AND sequence <=
       (SELECT sequence FROM attribute_file WHERE ${ended} ORDER BY sequence DESC LIMIT 1 OFFSET ?)`,
  );
  const begin = database.prepare(
    "UPDATE attribute_file SET status = 'applying', rows = ?, skipped = ?, applied_bytes = ? WHERE sequence = ?",
  );
  const advance = database.prepare(
    `UPDATE attribute_file SET applied_bytes = ?, stretch_rows = ?, applied_rows = ?, created = created + ?,
       loss = ? WHERE sequence = ?`,
  );
  const end = database.prepare(
    'UPDATE attribute_file SET status = ?, ended_at = ?, fault = ?, body = NULL, body_name = NULL WHERE sequence = ?',
  );
  const selectHeads = database.prepare<[], HeadFileRow>(
    `SELECT sequence, generation, client.code AS client, alias, status, due_at AS dueAt, applied_bytes AS appliedBytes,
       applied_rows AS appliedRows, stretch_rows AS stretchRows, rows, body_bytes AS bodyBytes, body_checksum AS bodyChecksum, loss, settings AS settingsText
     FROM (
       SELECT *, row_number() OVER (PARTITION BY generation ORDER BY status, due_at, sequence) AS turn
       FROM attribute_file WHERE status IN ('waiting', 'applying') AND is_packed = 0
     ) JOIN client USING (generation)
     WHERE turn = 1 ORDER BY status, due_at, sequence`,
  );
  const bodyColumns = (body: Body | undefined) => {
    if (body === undefined) return [null, null, 0, null] as const;
    return body.kind === 'inline'
      ? ([body.bytes, null, body.bytes.byteLength, null] as const)
      : ([null, body.name, body.byteLength, body.checksum] as const);
  };

  /** The spool file of its bytes as they are now. */
  const bodyOf = (sequence: number): readonly string[] => {
    const name = selectBodyName.get(sequence);
    return name === null || name === undefined ? [] : [name];
  };

  return {
    ...reader,
    add(generation: number, { alias, name, receivedAt, bytes, body, fault }: NewAttributeFile): number {
      const status = fault === undefined ? 'uploaded' : 'failed';
      const [blob, bodyName, bodyBytes, checksum] = bodyColumns(body);
      const endedAt = fault === undefined ? null : receivedAt;
      const known = [generation, alias, name, status, bytes, receivedAt, textOf(fault), endedAt] as const;
      const { lastInsertRowid } = insert.run(...known, blob, bodyName, bodyBytes, checksum);
      return Number(lastInsertRowid);
    },
    change(sequence: number, { name, fin, isPacked, dueAt, loss, body }: AttributeFileChange): readonly string[] {
      const status = fin === undefined ? null : 'waiting';
      const packed = isPacked === undefined ? null : Number(isPacked);
      update.run(name ?? null, fin ?? null, packed, dueAt ?? null, textOf(loss), status, sequence);
      if (body === undefined) return [];
      const before = bodyOf(sequence);
      updateBody.run(...bodyColumns(body), sequence);
      return before;
    },
    remove: (sequence: number): readonly string[] => remove.all(sequence).filter((name) => name !== null),
    /** Of a source those that ended longest ago, beyond a bound; how many they were. */
    trim: (generation: number, alias: string, filesMax = ENDED_FILES_MAX): number =>
      trim.run(generation, alias, generation, alias, filesMax).changes,
    /** What lies in a source's root without a `.fin`. */
    removeRoot: (generation: number, alias: string): readonly string[] =>
      removeRoot.all(generation, alias).filter((name) => name !== null),
    /** It is judged good. */
    begin: (sequence: number, rows: number, skipped: number, appliedBytes: number) =>
      begin.run(rows, skipped, appliedBytes, sequence),
    advance: (sequence: number, { appliedBytes, stretchRows, appliedRows, created, loss }: FileProgress) =>
      advance.run(appliedBytes, stretchRows, appliedRows, created, textOf(loss), sequence),
    /** Its bytes are personal data, and of no further use. */
    end(sequence: number, now: number, fault: FileFault | undefined): readonly string[] {
      const files = bodyOf(sequence);
      end.run(fault === undefined ? 'processed' : 'failed', now, textOf(fault), sequence);
      return files;
    },
    /** Of each client code the next, due or not, in the order of their turns: one after the other (ca-order). */
    heads: (): HeadFile[] =>
      selectHeads.all().map(({ settingsText, bodyChecksum, loss, ...rest }) => ({
        ...rest,
        bodyChecksum: bodyChecksum ?? undefined,
        loss: lossOf(loss),
        settings: settingsTexts.read(settingsText),
      })),
  };
}
