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
  json: 'print the script as JSON',
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

export function completionScript(shell: Shell, program: Command): string {
  return shell === 'fish' ? fishScript(program) : bashScript(program, shell);
}

/** zsh runs the same by its own bashcompinit. */
function bashScript(program: Command, shell: 'bash' | 'zsh'): string {
  const cases = program.commands.map((command) => {
    const values = command.options.flatMap((option) => {
      const choices = choicesOf(option);
      return choices.length === 0 ? [] : [`        ${option.long}) words="${choices.join(' ')}" ;;`];
    });
    const flags = [...command.options.map(({ long }) => long), '--help'].join(' ');
    const byValue = ['      case "$before" in', ...values, `        *) words="${flags}" ;;`, '      esac'];
    const lines = values.length === 0 ? [`      words="${flags}"`] : byValue;
    return [`    ${command.name()})`, ...lines, '      ;;'].join('\n');
  });
  const names = program.commands.map((command) => command.name()).join(' ');
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

function fishScript(program: Command): string {
  const lines = NAMES.flatMap((name) => [
    ...program.commands.map(
      (command) =>
        `complete -c ${name} -f -n __fish_use_subcommand -a ${command.name()} -d ${quoted(command.description())}`,
    ),
    ...program.commands.flatMap((command) =>
      command.options.map((option) => {
        const choices = choicesOf(option);
        const value = choices.length > 0 ? ` -x -a ${quoted(choices.join(' '))}` : option.required ? ' -r' : '';
        const where = `-n '__fish_seen_subcommand_from ${command.name()}'`;
        return `complete -c ${name} ${where} -l ${option.long!.slice(2)}${value} -d ${quoted(option.description)}`;
      }),
    ),
  ]);
  return `${lines.join('\n')}\n`;
}

/** As its help has them: \`--api <v1|v2>\`, or in its description. */
function choicesOf({ flags, description }: Option): readonly string[] {
  const inFlags = /<([^>]+\|[^>]+)>/.exec(flags)?.[1]?.split('|');
  return inFlags ?? / Choices: ([^.]+)\. \(/.exec(description)?.[1]?.split(', ') ?? [];
}

const quoted = (text: string) => `'${text.replaceAll(/['\\]/g, String.raw`\$&`)}'`;
