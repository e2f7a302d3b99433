/** From arguments to an exit code: finds the command, runs it, and tells of every failure in one line. */
import { Command, CommanderError } from 'commander';
import { checkCommand } from './commands/check.ts';
import { demoCommand } from './commands/demo.ts';
import { generateCommand } from './commands/generate.ts';
import { readyCommand } from './commands/ready.ts';
import { rulesCommand } from './commands/rules.ts';
import { serveCommand } from './commands/serve.ts';
import { simulateCommand } from './commands/simulate.ts';
import { statusCommand } from './commands/status.ts';
import { uploadCommand } from './commands/upload.ts';
import { printJson, type Context, type Run } from './context.ts';
import { EXIT_CODES, EXIT_MEANINGS, type ExitCode, type ExitReason } from './exit-code.ts';
import { packageVersion } from './package-file.ts';
import { Problem } from './problem.ts';
import { problemOf } from './problem-of.ts';

/** Each is a file of `commands/`; the order is that of `tpe --help`. */
const COMMANDS = [
  serveCommand,
  uploadCommand,
  statusCommand,
  checkCommand,
  rulesCommand,
  readyCommand,
  generateCommand,
  demoCommand,
  simulateCommand,
] as const;

export async function runCommandLine(args: readonly string[], context: Context): Promise<ExitCode> {
  let code: ExitCode = EXIT_CODES.done;
  const program = buildProgram(context, async (work) => {
    code = await work(context);
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    // Help and version end the parsing by throwing; commander has printed them already.
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT_CODES.done;
    const found = error instanceof CommanderError ? usageProblem(error, program, args) : problemOf(error);
    const problem = context.signal.aborted ? interrupted(found) : found;
    if (args.includes('--json')) printJson(context, problem.toJson());
    else context.stderr.write(`${context.errorStyle.red(problem.toLine(context.environment.command))}\n`);
    return problem.exitCode;
  }
}

/** Also what the documents are checked against. */
export function buildProgram(context: Context, run: (run: Run) => Promise<void>): Command {
  const program = new Command('tpe')
    .description(
      "Rehearses Adobe Target's Bulk Profile Update API, v1 and v2: a local emulator that says why, and an uploader. Not affiliated with Adobe.",
    )
    .version(packageVersion(), '-V, --version')
    .helpCommand(false)
    .addHelpText(
      'after',
      `
Start here:
  tpe demo                                   see v1 and v2 side by side, nothing to set up
  tpe serve                                  start the emulator on http://127.0.0.1:8181
  tpe upload crm.csv --id-column customer_id --client demo --api v2 --endpoint http://127.0.0.1:8181

Exit codes:
${exitCodeLines()}`,
    );
  for (const command of COMMANDS) program.addCommand(command(run));
  for (const command of [program, ...program.commands]) {
    command.helpOption('-h, --help', 'show help').exitOverride().showHelpAfterError(false);
    command.configureOutput({
      writeOut: (text) => void context.stdout.write(text),
      writeErr: (text) => void context.stderr.write(text),
      // Told in runCommandLine, in the form of every other problem.
      outputError: () => undefined,
    });
  }
  return program;
}

/** Whatever failed after Ctrl-C failed because of it, or no longer matters: 130 wins. */
function interrupted(problem: Problem): Problem {
  if (problem.reason === 'interrupted') return problem;
  const message = `Interrupted: ${problem.message}`;
  return new Problem(message, { reason: 'interrupted', code: 'interrupted', cause: problem });
}

function exitCodeLines(): string {
  const reasons = Object.keys(EXIT_CODES) as ExitReason[];
  return reasons.map((reason) => `  ${String(EXIT_CODES[reason]).padStart(3)}  ${EXIT_MEANINGS[reason]}`).join('\n');
}

function usageProblem(error: CommanderError, program: Command, args: readonly string[]): Problem {
  const command = program.commands.find((candidate) => args.includes(candidate.name()));
  const next = command === undefined ? 'tpe --help' : `tpe ${command.name()} --help`;
  const message = error.code === 'commander.help' ? 'Say which command' : error.message.replace(/^error: /, '');
  return new Problem(message, { reason: 'usage', code: 'usage', next });
}
