/** `tpe completions`: prints what makes a shell complete commands, flags and their values. */
import { Command } from 'commander';
import { completionScript, SHELLS } from '../completion-script.ts';
import { printJson, type Run } from '../context.ts';
import { EXIT_CODES } from '../exit-code.ts';
import { Problem } from '../problem.ts';

export function completionsCommand(run: (run: Run) => Promise<void>): Command {
  const command = new Command('completions').description('print the completions for a shell');
  return command
    .argument('<shell>', SHELLS.join(', '))
    .option('--json', 'print the script as JSON')
    .addHelpText(
      'after',
      `
Examples:
  tpe completions bash > ~/.local/share/bash-completion/completions/tpe
  tpe completions zsh > ~/.tpe-completions
  echo 'source ~/.tpe-completions' >> ~/.zshrc
  tpe completions fish > ~/.config/fish/completions/tpe.fish`,
    )
    .action(async (name: string) => {
      await run(async (context) => {
        const shell = SHELLS.find((known) => known === name);
        if (shell === undefined) {
          const message = `There are completions for ${SHELLS.join(', ')}, not for ${JSON.stringify(name)}`;
          throw new Problem(message, { reason: 'usage', code: 'usage', next: 'tpe completions bash' });
        }
        const script = completionScript(shell, command.parent!);
        if (command.opts<{ json?: boolean }>().json === true) printJson(context, { shell, script });
        else context.stdout.write(script);
        return EXIT_CODES.done;
      });
    });
}
