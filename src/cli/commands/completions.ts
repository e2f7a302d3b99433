/** `tpe completions`: prints what makes a shell complete commands, flags and their values. */
import type { Command, Option } from 'commander';
import { defineCommand } from '../define-command.ts';
import { Problem } from '../problem.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

export const completionsCommand = defineCommand({
  name: 'completions',
  description: 'print the completions for a shell',
  words: [['<shell>', SHELLS.join(', ')]],
  help: `
Examples:
  tpe completions bash > ~/.local/share/bash-completion/completions/tpe
  tpe completions zsh > ~/.tpe-completions
  echo 'source ~/.tpe-completions' >> ~/.zshrc
  tpe completions fish > ~/.config/fish/completions/tpe.fish`,
  async does({ words: [name], program, tell }) {
    const shell = SHELLS.find((known) => known === name);
    if (shell === undefined) {
      const message = `There are completions for ${SHELLS.join(', ')}, not for ${JSON.stringify(name)}`;
      throw new Problem(message, { reason: 'usage', code: 'usage', next: 'tpe completions bash' });
    }
    const script = completionScript(shell, program());
    tell({ shell, script }, () => script);
  },
});

/** How the program may be called. */
const NAMES = ['tpe', 'target-profile-emulator'];

export const completionScript = (shell: Shell, { commands }: Command): string =>
  shell === 'fish' ? fishScript(commands) : bashScript(commands, shell);

/** zsh runs the same by its own bashcompinit. */
function bashScript(commands: readonly Command[], shell: 'bash' | 'zsh'): string {
  const cases = commands.map((command) => {
    const flags = [...command.options.map(({ long }) => long), '--help'].join(' ');
    const values = command.options.flatMap((option) => {
      const choices = choicesOf(option).join(' ');
      return choices === '' ? [] : [`        ${option.long}) words="${choices}" ;;`];
    });
    return [
      `    ${command.name()})`,
      '      case "$before" in',
      ...values,
      `        *) words="${flags}" ;;`,
      '      esac',
      '      ;;',
    ].join('\n');
  });
  const names = commands.map((command) => command.name()).join(' ');
  return `${shell === 'zsh' ? 'autoload -U +X bashcompinit && bashcompinit\n' : ''}_tpe() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" words=""
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then words="${names} --help --version"; fi
  COMPREPLY=( $(compgen -W "$words" -- "$current") )
}
complete -o default -F _tpe ${NAMES.join(' ')}
`;
}

function fishScript(commands: readonly Command[]): string {
  const lines = commands.flatMap((command) => [
    `-f -n __fish_use_subcommand -a ${command.name()} -d ${quoted(command.description())}`,
    ...command.options.map((option) => {
      const choices = choicesOf(option).join(' ');
      const value = choices === '' ? (option.required ? ' -r' : '') : ` -x -a ${quoted(choices)}`;
      const where = `-n '__fish_seen_subcommand_from ${command.name()}'`;
      return `${where} -l ${option.long!.slice(2)}${value} -d ${quoted(option.description)}`;
    }),
  ]);
  return NAMES.flatMap((name) => lines.map((line) => `complete -c ${name} ${line}\n`)).join('');
}

/** As its help has them: `--api <v1|v2>`, or in its description. */
function choicesOf({ flags, description }: Option): readonly string[] {
  const inFlags = /<([^>]+\|[^>]+)>/.exec(flags)?.[1]?.split('|');
  return inFlags ?? / Choices: ([^.]+)\. \(/.exec(description)?.[1]?.split(', ') ?? [];
}

const quoted = (text: string) => `'${text.replaceAll(/['\\]/g, String.raw`\$&`)}'`;
