/** The one place where the command looks at the environment. */
import { existsSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, isAbsolute, join, relative, sep } from 'node:path';
import { shellWord } from './printable.ts';

export type Environment = ReturnType<typeof readEnvironment>;

export function readEnvironment(
  variables: Call['variables'],
  call: Omit<Call, 'variables'> = { script: undefined, directory: '.' },
) {
  const value = (name: string) => variables[name] || undefined;
  const stateHome = value('XDG_STATE_HOME');
  const usualStateHome = join(homedir(), '.local', 'state');
  return {
    /** The bearer token. There is no flag for it: command lines end up in process lists and shell histories. */
    token: value('TPE_TOKEN'),
    /** https://no-color.org: set and not empty. */
    noColour: value('NO_COLOR') !== undefined || variables['TERM'] === 'dumb',
    /** How this program is called here: what printed commands begin with. */
    command: calledAs({ ...call, variables }),
    /** `npm start` of this package: npm is the parent, and lives as long. Scripts of others may leave us behind on purpose. */
    isNpmStart: value('npm_package_name') === 'target-profile-emulator' && value('npm_lifecycle_event') === 'start',
    /** What `TPE_...` says about an option; undefined where it is unset or empty. */
    option: value,
    /** Where what a program remembers belongs (XDG Base Directory): `$XDG_STATE_HOME`, or `.local/state` at home. */
    // A relative one is to be ignored, as that specification says.
    stateHome: stateHome !== undefined && isAbsolute(stateHome) ? stateHome : usualStateHome,
    /** The same where no variable says otherwise. */
    usualStateHome,
    /** Everything, for a child process, and what it is told besides. */
    forChild: (told: Readonly<Record<string, string>>): Call['variables'] => ({ ...variables, ...told }),
  };
}

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
  const [above, installed] = script.split(/[\\/]node_modules[\\/]/);
  // A clone has it too: npx finds a package's own command, and the Node that it wants.
  const project = installed === undefined ? join(file, '../..') : above!;
  const hasIt = installed !== undefined || existsSync(join(project, 'package.json'));
  if (hasIt && isBelow(directory, project)) return IN_PROJECT;
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
