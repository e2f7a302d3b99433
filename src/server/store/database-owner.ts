/** Whose SQLite file this is, by the number its application signed it with. */
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { connect } from './connect.ts';

/** Without writing to it, and without opening it as a database where its first page already tells. */
export function isSignedDatabase(path: string, applicationId: number): boolean {
  const head = headOf(path);
  if (head.toString('latin1', 0, MAGIC.length) !== MAGIC) return false;
  const id = head.readInt32BE(APPLICATION_ID_AT);
  if (id !== 0 || !existsSync(`${path}-wal`)) return id === applicationId;
  // Signed, and killed before the log was written back.
  const database = connect(path, { readonly: true });
  try {
    return database.pragma('application_id', { simple: true }) === applicationId;
  } finally {
    database.close();
  }
}

function headOf(path: string): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  const file = openSync(path, 'r');
  try {
    readSync(file, head, 0, HEAD_BYTES, 0);
    return head;
  } finally {
    closeSync(file);
  }
}

/** https://www.sqlite.org/fileformat.html, 1.3 */
const MAGIC = 'SQLite format 3\0';
const HEAD_BYTES = 100;
const APPLICATION_ID_AT = 68;
