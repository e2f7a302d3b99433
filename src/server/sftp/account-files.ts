/** The files of an account as its owner sees them: a root to upload to, and what became of each in `processed` and `failed`. */
import { posix } from 'node:path';
import { caSize, ourClientCode } from '../../protocol/rules/index.ts';
import { ATTRIBUTE_ACCOUNT_BYTES_MAX, type ClientCode } from '../../protocol/vocabulary/index.ts';
import { ROOT_FILES_MAX } from '../attributes/intake.ts';
import type { AttributeFile, Reader } from '../store/store.ts';

/** Whose files: a source of a client code. */
export interface Account {
  readonly client: ClientCode;
  readonly alias: string;
}

/** Whom a user name stands for, `{client}.{alias}`; undefined where there is no such source. */
export function accountOf(reader: Pick<Reader, 'source'>, user: string): Account | undefined {
  const [code = '', ...rest] = user.split('.');
  const client = ourClientCode.decide(code);
  const source = typeof client === 'string' ? reader.source(client, rest.join('.')) : undefined;
  return source === undefined || source.isDeleted ? undefined : { client: client as ClientCode, alias: source.alias };
}

const FOLDERS = ['', 'processed', 'failed'] as const;
type Folder = (typeof FOLDERS)[number];

export type Place =
  | { readonly kind: 'folder'; readonly folder: Folder }
  | { readonly kind: 'file'; readonly folder: Folder; readonly name: string };

export interface Entry {
  readonly name: string;
  readonly bytes: number;
  readonly modifiedAt: number;
  /** Undefined of a folder. */
  readonly file: AttributeFile | undefined;
}

/** What a path means; undefined for what cannot be there. No path leads out of the root: there is nothing else. */
export function placeOf(path: string): Place | undefined {
  const [, first = '', second, ...more] = posix.normalize(posix.join('/', path)).replace(/\/$/, '').split('/');
  const folder = FOLDERS.find((each) => each === first);
  if (more.length > 0 || (second !== undefined && folder === undefined)) return undefined;
  if (folder !== undefined && second === undefined) return { kind: 'folder', folder };
  const name = second ?? first;
  // Control characters would garble whatever shows the name.
  return /\p{Cc}/u.test(name) || name.length > NAME_LENGTH_MAX
    ? undefined
    : { kind: 'file', folder: second === undefined ? '' : folder!, name };
}

/** Newest first; of several files of one name the newest. */
export function entriesOf(reader: Reader, { client, alias }: Account, folder: Folder): readonly Entry[] {
  const entries = new Map<string, Entry>();
  for (const name of folder === '' ? FOLDERS.slice(1) : [])
    entries.set(name, { name, bytes: 0, modifiedAt: 0, file: undefined });
  for (const file of reader.files(client, { alias, limit: FILES_SHOWN_MAX }).items) {
    if (folderOf(file) !== folder) continue;
    const { name, bytes, fin, endedAt, receivedAt } = file;
    const seen = { modifiedAt: endedAt ?? receivedAt, file };
    if (!entries.has(name)) entries.set(name, { name, bytes, ...seen });
    if (fin !== undefined && fin !== '' && !entries.has(fin)) entries.set(fin, { name: fin, bytes: 0, ...seen });
  }
  return [...entries.values()];
}

/** Why a file of so many bytes is too much for the account; undefined where it is not (ca-size). */
export function tooMuch(reader: Reader, { client, alias }: Account, bytes: number): string | undefined {
  for (const status of ['uploaded', 'waiting'] as const) {
    const { length } = reader.files(client, { alias, status, limit: ROOT_FILES_MAX }).items;
    if (length === ROOT_FILES_MAX) return `${ROOT_FILES_MAX} files lie in the root of the account already.`;
  }
  const { items } = reader.files(client, { alias, limit: FILES_SHOWN_MAX });
  const kept = items.reduce((sum, file) => sum + file.bytes, 0);
  if (kept + bytes > ATTRIBUTE_ACCOUNT_BYTES_MAX) return 'The account holds 40 GB: remove processed files.';
  return caSize.decide(bytes)?.message;
}

function folderOf({ status }: AttributeFile): Folder {
  return status === 'processed' || status === 'failed' ? status : '';
}

const NAME_LENGTH_MAX = 255;
/** All: the newest 10,000 that have ended, those in the root and those that wait. */
const FILES_SHOWN_MAX = 12_000;
