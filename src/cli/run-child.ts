/** Runs a command of somebody else's, and passes on what would end this one. */
import { spawn, type ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import type { RunningEmulator } from '../server/index.ts';
import { type Context, printJson } from './context.ts';

/** Where the emulator beside a command is, for programs that ask it and for `tpe` itself; and a client code that nobody has used. */
export const whereabouts = ({ url, clientCode }: RunningEmulator) => ({
  TPE_URL: url,
  TPE_ENDPOINT: url,
  // Whose endpoint and token would be somebody else's.
  TPE_ACCOUNT: '',
  TPE_CLIENT: clientCode(),
});

/** As shells have it. */
const EXIT_NOT_EXECUTABLE = 126;
const EXIT_NOT_FOUND = 127;
const EXIT_SIGNAL_BASE = 128;

/** Resolves to its exit code as a shell tells it. `told` joins its environment; `hear` gets its output, not the terminal; `json`: what goes wrong is told so. */
export function runChild(
  [name = '', ...args]: readonly string[],
  told: Readonly<Record<string, string>>,
  context: Context,
  { hear, json = false }: { readonly hear?: (text: string) => void; readonly json?: boolean } = {},
): Promise<number> {
  const child = spawn(name, args, {
    stdio: hear === undefined ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    env: context.environment.forChild(told),
    cwd: context.directory,
  });
  for (const output of [child.stdout, child.stderr]) output?.setEncoding('utf8').on('data', hear ?? (() => {}));
  const stopForwarding = forwardSignals(child, context);
  return new Promise<number>((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      const isMissing = error.code === 'ENOENT';
      const exitCode = isMissing ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
      const message = `${name}: ${isMissing ? 'there is no such command' : error.message}.`;
      const code = isMissing ? 'no-such-command' : 'not-executable';
      if (json) printJson(context, { error: { code, message }, exitCode });
      else context.stderr.write(`tpe: ${message}\n`);
      resolve(exitCode);
    });
    child.once('close', (code, signal) => {
      resolve(code ?? EXIT_SIGNAL_BASE + (signal === null ? 0 : constants.signals[signal]));
    });
  }).finally(stopForwarding);
}

/** The first signal is handed on; if a second one ends this process at once, the child does not outlive it. */
function forwardSignals(child: ChildProcess, { signal, stoppedBy, stdin }: Context): () => void {
  const forward = () => {
    const name = stoppedBy() ?? 'SIGTERM';
    // Ctrl-C on a terminal reaches everybody in front of it: a second one would mean impatience.
    const input = stdin();
    const hasItAlready = name === 'SIGINT' && 'isTTY' in input && input.isTTY === true;
    if (!hasItAlready) child.kill(name);
  };
  const kill = () => void child.kill('SIGKILL');
  if (signal.aborted) forward();
  signal.addEventListener('abort', forward, { once: true });
  process.once('exit', kill);
  return () => {
    signal.removeEventListener('abort', forward);
    process.off('exit', kill);
  };
}
