/** The one place where the command looks at the environment. */
import { calledAs, type Call } from './called-as.ts';

export interface Environment {
  /** The bearer token. There is no flag for it: command lines end up in process lists and shell histories. */
  readonly token: string | undefined;
  /** https://no-color.org: set and not empty. */
  readonly noColour: boolean;
  /** How this program is called here: what printed commands begin with. */
  readonly command: string;
  /** What `TPE_...` says about an option; undefined where it is unset or empty. */
  option(name: string): string | undefined;
  /** Everything, for a child process, and what it is told besides. */
  forChild(told: Readonly<Record<string, string>>): Record<string, string | undefined>;
}

export function readEnvironment(
  variables: Call['variables'],
  call: Omit<Call, 'variables'> = { script: undefined, directory: '.' },
): Environment {
  const value = (name: string) => variables[name] || undefined;
  return {
    token: value('TPE_TOKEN'),
    noColour: value('NO_COLOR') !== undefined || variables['TERM'] === 'dumb',
    command: calledAs({ ...call, variables }),
    option: value,
    forChild: (told) => ({ ...variables, ...told }),
  };
}
