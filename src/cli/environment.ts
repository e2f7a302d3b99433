/** The one place where the command looks at the environment. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { calledAs, type Call } from './called-as.ts';

export interface Environment {
  /** The bearer token. There is no flag for it: command lines end up in process lists and shell histories. */
  readonly token: string | undefined;
  /** https://no-color.org: set and not empty. */
  readonly noColour: boolean;
  /** How this program is called here: what printed commands begin with. */
  readonly command: string;
  /** `npm start` of this package: npm is the parent, and lives as long. Scripts of others may leave us behind on purpose. */
  readonly isNpmStart: boolean;
  /** What `TPE_...` says about an option; undefined where it is unset or empty. */
  option(name: string): string | undefined;
  /** Where what a program remembers belongs (XDG Base Directory): `$XDG_STATE_HOME`, or `.local/state` at home. */
  readonly stateHome: string;
  /** The same where no variable says otherwise. */
  readonly usualStateHome: string;
  /** Everything, for a child process, and what it is told besides. */
  forChild(told: Readonly<Record<string, string>>): Record<string, string | undefined>;
}

export function readEnvironment(
  variables: Call['variables'],
  call: Omit<Call, 'variables'> = { script: undefined, directory: '.' },
): Environment {
  const value = (name: string) => variables[name] || undefined;
  const usualStateHome = join(homedir(), '.local', 'state');
  return {
    stateHome: value('XDG_STATE_HOME') ?? usualStateHome,
    usualStateHome,
    token: value('TPE_TOKEN'),
    noColour: value('NO_COLOR') !== undefined || variables['TERM'] === 'dumb',
    command: calledAs({ ...call, variables }),
    isNpmStart: value('npm_package_name') === 'target-profile-emulator' && value('npm_lifecycle_event') === 'start',
    option: value,
    forChild: (told) => ({ ...variables, ...told }),
  };
}
