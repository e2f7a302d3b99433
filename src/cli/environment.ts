/** The one place where the command looks at the environment. */
import { homedir } from 'node:os';
import { join } from 'node:path';

export interface Environment {
  /** The bearer token. There is no flag for it: command lines end up in process lists and shell histories. */
  readonly token: string | undefined;
  /** https://no-color.org: set and not empty. */
  readonly noColour: boolean;
  /** How this program is called here: npm puts it on no path but its own. */
  readonly command: 'tpe' | 'npx tpe';
  /** What `TPE_...` says about an option; undefined where it is unset or empty. */
  option(name: string): string | undefined;
  /** Where what a program remembers belongs (XDG Base Directory): `$XDG_STATE_HOME`, or `.local/state` at home. */
  readonly stateHome: string;
  /** The same where no variable says otherwise. */
  readonly usualStateHome: string;
  /** Everything, for a child process, and what it is told besides. */
  forChild(told: Readonly<Record<string, string>>): Record<string, string | undefined>;
}

export function readEnvironment(variables: Readonly<Record<string, string | undefined>>): Environment {
  const value = (name: string) => variables[name] || undefined;
  const usualStateHome = join(homedir(), '.local', 'state');
  return {
    stateHome: value('XDG_STATE_HOME') ?? usualStateHome,
    usualStateHome,
    token: value('TPE_TOKEN'),
    noColour: value('NO_COLOR') !== undefined || variables['TERM'] === 'dumb',
    command: value('npm_command') === undefined ? 'tpe' : 'npx tpe',
    option: value,
    forChild: (told) => ({ ...variables, ...told }),
  };
}
