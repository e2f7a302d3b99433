/** The one place where SQLite is opened: a Node too old for it, or a binding that does not load, is told with its remedy. */
import Sqlite, { type Database, type Options } from 'better-sqlite3';
import { EmulatorError } from '../runtime/emulator-error.ts';
import { oldNode } from '../runtime/node-version.ts';

export function connect(path: string, options: Options = {}): Database {
  const tooOld = oldNode();
  if (tooOld !== undefined) throw new EmulatorError('node-too-old', tooOld);
  try {
    return new Sqlite(path, options);
  } catch (error) {
    throw bindingError(error) ?? error;
  }
}

/** Its file is looked for at the first connection: missing, or made for another machine or Node. */
function bindingError(error: unknown): EmulatorError | undefined {
  if (!(error instanceof Error) || !('code' in error) || !BINDING_CODES.has(error.code)) return undefined;
  const { platform, arch, version } = process;
  return new EmulatorError(
    'binding-unusable',
    `SQLite's binding does not load on ${platform}-${arch} under Node ${version}: ${error.message.split('\n')[0]}. ` +
      'Delete node_modules/better-sqlite3 and run npm install here, with this Node.',
    { cause: error },
  );
}

const BINDING_CODES: ReadonlySet<unknown> = new Set(['MODULE_NOT_FOUND', 'ERR_DLOPEN_FAILED']);
