/** `tpe completions`: prints what makes a shell complete commands, flags and their values. */
import { completionScript, SHELLS } from '../completion-script.ts';
import { defineCommand } from '../define-command.ts';
import { Problem } from '../problem.ts';

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
