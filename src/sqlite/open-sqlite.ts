/** The one place where SQLite is opened: a Node too old for it, or a binding that does not load, is told with its remedy. */
import Sqlite, { type Database, type Options } from 'better-sqlite3';
import { oldNode } from './node-version.ts';

/** Makes an error of the family whose caller opens it. */
export type UnusableSqlite = (
  code: 'node-too-old' | 'binding-unusable',
  message: string,
  options?: { readonly cause?: unknown },
) => Error;

export function openSqlite(path: string, options: Options, unusable: UnusableSqlite): Database {
  const tooOld = oldNode();
  if (tooOld !== undefined) throw unusable('node-too-old', tooOld);
  try {
    return new Sqlite(path, options);
  } catch (error) {
    // Its file is looked for at the first connection: missing, or made for another machine or Node.
    if (!(error instanceof Error) || !('code' in error) || !BINDING_CODES.has(error.code)) throw error;
    const { platform, arch, version } = process;
    throw unusable(
      'binding-unusable',
      `SQLite's binding does not load on ${platform}-${arch} under Node ${version}: ${error.message.split('\n')[0]}. ` +
        'Delete node_modules/better-sqlite3 and run npm install here, with this Node.',
      { cause: error },
    );
  }
}

const BINDING_CODES: ReadonlySet<unknown> = new Set(['MODULE_NOT_FOUND', 'ERR_DLOPEN_FAILED']);
