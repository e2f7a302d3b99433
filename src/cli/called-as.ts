/** How this program is called where it runs: what a printed command must begin with, so that it works when it is typed. */
import { realpathSync } from 'node:fs';
import { delimiter, join, relative } from 'node:path';
import { shellWord } from './shell-word.ts';

/** By npm from a project. Without the flag, npx would fetch whatever the registry has under this short name one day. */
const BY_NPM = 'npx --no-install tpe';

export interface Call {
  /** The file that was started, as it was called: `process.argv[1]`. */
  readonly script: string | undefined;
  readonly directory: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** `tpe` where a shell finds this very program under that name, else npm's way to it or its path. */
export function calledAs({ script, directory, variables }: Call): string {
  // npm puts its own folders on the path of what it runs, and no shell has them.
  if (variables['npm_command']) return BY_NPM;
  const file = script === undefined ? undefined : realPath(script);
  if (script === undefined || file === undefined) return 'tpe';
  const onPath = (variables['PATH'] ?? '').split(delimiter).map((folder) => realPath(join(folder, 'tpe')));
  if (onPath.find((found) => found !== undefined) === file) return 'tpe';
  const below = relative(directory, script);
  return shellWord(below.startsWith('..') ? script : `./${below}`);
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
