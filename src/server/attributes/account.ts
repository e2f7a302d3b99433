/** The account of a source: whose it is, and what it may still take. */
import { caSize, ourClientCode } from '../../protocol/rules/index.ts';
import { ATTRIBUTE_ACCOUNT_BYTES_MAX, type ClientCode } from '../../protocol/vocabulary/index.ts';
import type { Body, BodySpool, Reader, SourceRecord } from '../store/store.ts';

/** Whose files: a source of a client code. */
export interface Account {
  readonly client: ClientCode;
  readonly alias: string;
}

/** Whom a user name stands for, `{client}.{alias}`; undefined where there is no such source. */
export function accountOf(
  reader: Pick<Reader, 'source'>,
  user: string,
): (Account & { readonly source: SourceRecord }) | undefined {
  const [code = '', ...rest] = user.split('.');
  const client = ourClientCode.decide(code);
  if (typeof client !== 'string') return undefined;
  const source = reader.source(client, rest.join('.'));
  return source === undefined || source.isDeleted ? undefined : { client, alias: source.alias, source };
}

/**
 * Why a file of so many bytes is too much for the account; undefined where it is not (ca-size). Where it goes into the root by
 * a name, the one that lies there under this name makes room.
 */
export function tooMuch(
  reader: Pick<Reader, 'files'>,
  { client, alias }: Account,
  bytes: number,
  name?: string,
): string | undefined {
  const all = reader.files(client, { alias, limit: FILES_SHOWN_MAX }).items;
  const items = all.filter((file) => file.status !== 'uploaded' || file.name !== name);
  for (const status of ['uploaded', 'waiting']) {
    const { length } = items.filter((file) => file.status === status);
    if (length >= ROOT_FILES_MAX) return `${ROOT_FILES_MAX} files lie in the root of the account already.`;
  }
  const kept = items.reduce((sum, file) => sum + file.bytes, 0);
  if (kept + bytes > ATTRIBUTE_ACCOUNT_BYTES_MAX) return 'The account holds 40 GB: remove processed files.';
  return caSize.decide(bytes)?.message;
}

/** A file's bytes on their way to whoever keeps them: where that fails, nothing stays. */
export async function spooled<Kept>(
  bodies: BodySpool,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  keep: (file: { readonly bytes: number; readonly body: Body }) => Promise<Kept>,
): Promise<Kept> {
  const sink = bodies.open();
  let bytes = 0;
  try {
    for await (const chunk of chunks) {
      bytes += chunk.byteLength;
      await sink.write(chunk);
    }
    return await keep({ bytes, body: await sink.finish() });
  } catch (error) {
    await sink.discard();
    throw error;
  }
}

/** Without a `.fin`; more are refused. */
export const ROOT_FILES_MAX = 1_000;
/** All: the newest 10,000 that have ended, those in the root and those that wait. */
export const FILES_SHOWN_MAX = 12_000;
