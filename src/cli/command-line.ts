/** From arguments to an exit code: finds the command, runs it, and tells of every failure in one line. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command, CommanderError } from 'commander';
import { CONFIG_FILE, type Context, type Run } from './context.ts';
import { EXIT_CODES, EXIT_MEANINGS, type ExitReason, Problem, wrongUsage, problemOf } from './problem.ts';
import { VERSION } from '../protocol/version.ts';
import { samplePath } from './package-file.ts';
import { jsonText, shellWord } from './printable.ts';

/** Each is a file of `commands/`, loaded when it is called; the order is that of `tpe --help`. */
const COMMANDS = {
  serve: async () => (await import('./commands/serve.ts')).serveCommand,
  open: async () => (await import('./commands/open.ts')).openCommand,
  upload: async () => (await import('./commands/upload.ts')).uploadCommand,
  jobs: async () => (await import('./commands/jobs.ts')).jobsCommand,
  status: async () => (await import('./commands/status.ts')).statusCommand,
  check: async () => (await import('./commands/check.ts')).checkCommand,
  compare: async () => (await import('./commands/compare.ts')).compareCommand,
  explain: async () => (await import('./commands/explain.ts')).explainCommand,
  rules: async () => (await import('./commands/rules.ts')).rulesCommand,
  sources: async () => (await import('./commands/sources.ts')).sourcesCommand,
  ready: async () => (await import('./commands/ready.ts')).readyCommand,
  clients: async () => (await import('./commands/clients.ts')).clientsCommand,
  ca: async () => (await import('./commands/ca.ts')).caCommand,
  exec: async () => (await import('./commands/exec.ts')).execCommand,
  flip: async () => (await import('./commands/flip.ts')).flipCommand,
  generate: async () => (await import('./commands/generate.ts')).generateCommand,
  demo: async () => (await import('./commands/demo.ts')).demoCommand,
  completions: async () => (await import('./commands/completions.ts')).completionsCommand,
  simulate: async () => (await import('./commands/simulate.ts')).simulateCommand,
} as const;

export async function runCommandLine(args: readonly string[], context: Context): Promise<number> {
  let code: number = EXIT_CODES.done;
  const program = await buildProgram(context, namedCommands(args), async (work) => {
    code = await work(context);
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    // Help and version end the parsing by throwing; commander has printed them already.
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT_CODES.done;
    const found = error instanceof CommanderError ? usageProblem(error, program, args) : await problemOf(error);
    const problem = context.signal.aborted ? interrupted(found) : found;
    if (ownArgs(args).includes('--json'))
      context.stdout.write(`${jsonText(problem.toJson(context.environment.command))}\n`);
    else context.stderr.write(`${context.errorStyle.red(problem.toLine(context.environment.command))}\n`);
    return problem.exitCode;
  }
}

type CommandName = keyof typeof COMMANDS;
export const COMMAND_NAMES = Object.keys(COMMANDS) as CommandName[];

/** The one that is called; all of them where help or completions are wanted, or none of them is meant. */
function namedCommands([first]: readonly string[]): readonly CommandName[] {
  if (first === '--version' || first === '-V') return [];
  const named = COMMAND_NAMES.find((name) => name === first);
  return named === undefined || named === 'completions' ? COMMAND_NAMES : [named];
}

async function buildProgram(context: Context, names: readonly CommandName[], run: (run: Run) => Promise<void>) {
  const reasons = Object.keys(EXIT_CODES) as ExitReason[];
  const program = new Command('tpe')
    .description(
      "Rehearses Adobe Target's Bulk Profile Update API, v1 and v2: a local emulator that says why, and an uploader. Not affiliated with Adobe.",
    )
    .version(VERSION, '-V, --version')
    .helpCommand(false)
    .addHelpText(
      'after',
      `
Start here:
  tpe demo     see v1 and v2 side by side, nothing to set up
  tpe serve    start the emulator on http://127.0.0.1:8181
  tpe upload crm.csv --id-column customer_id --client demo \\
    --endpoint http://127.0.0.1:8181

Exit codes:
${reasons.map((reason) => `  ${String(EXIT_CODES[reason]).padStart(3)}  ${EXIT_MEANINGS[reason]}`).join('\n')}`,
    );
  const called = context.environment.command;
  if (called !== 'tpe') program.addHelpText('afterAll', `\nWhere it says tpe, type here: ${called}`);
  for (const name of names) {
    const make = await COMMANDS[name]();
    const command: Command = make(
      READS_CONFIG.has(name) ? (work) => run(async (given) => work(await withConfig(command, given))) : run,
    );
    if (READS_CONFIG.has(name))
      command.option('--config <file>', `JSON file of options, in place of ./${CONFIG_FILE} (env: TPE_CONFIG)`);
    program.addCommand(command);
  }
  for (const command of [program, ...program.commands]) {
    command.helpOption('-h, --help', 'show help').exitOverride().showHelpAfterError(false);
    command.configureHelp({ subcommandTerm: (each) => each.name() });
    command.configureOutput({
      writeOut: (text) =>
        void context.stdout.write(text.replaceAll(SAMPLE_LINE, (line) => sampleLine(line, context.directory))),
      writeErr: (text) => void context.stderr.write(text),
      // Told in runCommandLine, in the form of every other problem.
      outputError: () => undefined,
    });
  }
  return program;
}

const SAMPLE = /\bsamples\/([\w.-]+)/g;
const SAMPLE_LINE = /^.*\bsamples\/.*$/gm;
const COLUMNS = 80;

/** Samples are named as they are typed here; what gets too long for the terminal goes on in the next line, as a shell reads it. */
function sampleLine(line: string, directory: string): string {
  const typed = line.replaceAll(SAMPLE, (_, name: string) => shellWord(samplePath(name, directory)));
  if (typed.length <= COLUMNS) return typed;
  const lines: string[] = [];
  let current = /^ */.exec(typed)![0].slice(1);
  // A name with blanks stands in quotes.
  for (const [word] of typed.matchAll(/(?:'[^']*'|\S)+/g)) {
    const end = word === '\\' ? 0 : ' \\'.length;
    if (current.trim() !== '' && current.length + 1 + word.length + end > COLUMNS) {
      lines.push(`${current} \\`);
      current = '   ';
    }
    current += ` ${word}`;
  }
  return [...lines, current].join('\n');
}

const READS_CONFIG: ReadonlySet<CommandName> = new Set(['serve', 'upload']);

/** A file that was named must be there; what judges it is loaded where there is one. */
async function withConfig(command: Command, context: Context): Promise<Context> {
  const named = command.opts<{ config?: string }>().config ?? context.environment.option('TPE_CONFIG');
  const path = resolve(context.directory, named ?? CONFIG_FILE);
  if (named === undefined && !existsSync(path)) return context;
  return { ...context, config: (await import('./config-file.ts')).readConfig(path) };
}

/** What stands behind `--` is somebody else's. */
function ownArgs(args: readonly string[]): readonly string[] {
  const end = args.indexOf('--');
  return end === -1 ? args : args.slice(0, end);
}

/** Whatever failed after Ctrl-C failed because of it, or no longer matters: 130 wins. */
function interrupted(problem: Problem): Problem {
  if (problem.reason === 'interrupted') return problem;
  const message = `Interrupted: ${problem.message}`;
  return new Problem(message, { reason: 'interrupted', code: 'interrupted', cause: problem });
}

function usageProblem(error: CommanderError, program: Command, args: readonly string[]): Problem {
  const command = program.commands.find((candidate) => ownArgs(args).includes(candidate.name()));
  const told = error.message
    .replace(/^error: /, '')
    .replace(/'--(\S+)'\s*\(Did you mean --no-\1\?\)/, "'--$1': that holds unless --no-$1 is given");
  const message = error.code === 'commander.help' ? 'Say which command' : told;
  return wrongUsage(command === undefined ? 'tpe' : `tpe ${command.name()}`, message);
}
