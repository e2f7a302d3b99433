/** The account of a source: whose it is, and what it may still take. */
import { caSize, ourClientCode } from '../../protocol/rules/index.ts';
import { ATTRIBUTE_ACCOUNT_BYTES_MAX, type ClientCode } from '../../protocol/vocabulary/index.ts';
import type { Reader } from '../store/store.ts';

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

/** Without a `.fin`; more are refused. */
export const ROOT_FILES_MAX = 1_000;
/** All: the newest 10,000 that have ended, those in the root and those that wait. */
export const FILES_SHOWN_MAX = 12_000;
