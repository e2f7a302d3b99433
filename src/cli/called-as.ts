/** How this program is called where it runs: what a printed command must begin with, so that it works when it is typed. */
import { realpathSync } from 'node:fs';
import { delimiter, isAbsolute, join, relative, sep } from 'node:path';
import { shellWord } from './shell-word.ts';

/** In a project that has it. Without the flag, npx would fetch whatever the registry has under this short name one day. */
const IN_PROJECT = 'npx --no-install tpe';

export interface Call {
  /** The file that was started, as it was called: `process.argv[1]`. */
  readonly script: string | undefined;
  readonly directory: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** `tpe` where a shell finds this very program under that name, else npx's way to it or its path. */
export function calledAs({ script, directory, variables }: Call): string {
  // npm puts its own folders on the path of what it runs, and no shell has them.
  if (variables['npm_command']) return IN_PROJECT;
  const file = script === undefined ? undefined : realPath(script);
  if (script === undefined || file === undefined) return 'tpe';
  const onPath = (variables['PATH'] ?? '').split(delimiter).map((folder) => realPath(join(folder, 'tpe')));
  if (onPath.find((found) => found !== undefined) === file) return 'tpe';
  const [project = '', installed] = script.split(/[\\/]node_modules[\\/]/);
  if (installed !== undefined && isBelow(directory, project)) return IN_PROJECT;
  const below = relative(directory, script);
  return shellWord(below.startsWith('..') ? script : `./${below}`);
}

/** npx finds what is installed from every folder of a project. */
function isBelow(directory: string, project: string): boolean {
  const from = relative(project, directory);
  return from !== '..' && !from.startsWith(`..${sep}`) && !isAbsolute(from);
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
