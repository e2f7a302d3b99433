/** The files of an account as its owner sees them: a root to upload to, and what became of each in `processed` and `failed`. */
import { posix } from 'node:path';
import { type Account, FILES_SHOWN_MAX } from '../attributes/account.ts';
import type { AttributeFile, Reader } from '../store/store.ts';

const FOLDERS = ['', 'processed', 'failed'] as const;
type Folder = (typeof FOLDERS)[number];

/** A file in a folder, or, without a name, the folder. */
interface Place {
  readonly folder: Folder;
  readonly name: string;
}

export interface Entry {
  readonly name: string;
  readonly bytes: number;
  readonly modifiedAt: number;
  /** Undefined of a folder. */
  readonly file: AttributeFile | undefined;
}

/** Whether a path climbs above the root of the account. */
export function leavesRoot(path: string): boolean {
  return /^\.\.(\/|$)/.test(posix.normalize(path.replace(/^\/+/, '')));
}

/** The last word of a path that names a place, fit to be shown. */
export function nameIn(path: string): string {
  const name = path.split('/').findLast((word) => !['', '.', '..'].includes(word));
  return (name ?? '..').replaceAll(/\p{Cc}/gu, '?').slice(0, NAME_LENGTH_MAX);
}

/** What a path means; undefined for what cannot be there. Above the root there is the root: nothing else is there. */
export function placeOf(path: string): Place | undefined {
  const [, first = '', second, ...more] = posix.normalize(posix.join('/', path)).replace(/\/$/, '').split('/');
  const folder = FOLDERS.find((each) => each === first);
  if (more.length > 0 || (second !== undefined && folder === undefined)) return undefined;
  const place = { folder: folder ?? '', name: folder === undefined ? first : (second ?? '') };
  // Control characters would garble whatever shows the name.
  return /\p{Cc}/u.test(place.name) || place.name.length > NAME_LENGTH_MAX ? undefined : place;
}

export const folderEntry = (name: string): Entry => ({ name, bytes: 0, modifiedAt: 0, file: undefined });

/** Newest first; of several files of one name the newest. */
export function entriesOf(reader: Reader, { client, alias }: Account, folder: Folder): readonly Entry[] {
  const entries = new Map<string, Entry>();
  for (const name of folder === '' ? FOLDERS.slice(1) : []) entries.set(name, folderEntry(name));
  for (const file of reader.files(client, { alias, limit: FILES_SHOWN_MAX }).items) {
    const { name, bytes, fin, endedAt, receivedAt, status } = file;
    if ((status === 'processed' || status === 'failed' ? status : '') !== folder) continue;
    const seen = { modifiedAt: endedAt ?? receivedAt, file };
    if (!entries.has(name)) entries.set(name, { name, bytes, ...seen });
    if (fin !== undefined && fin !== '' && !entries.has(fin)) entries.set(fin, { name: fin, bytes: 0, ...seen });
  }
  return [...entries.values()];
}

const NAME_LENGTH_MAX = 255;
