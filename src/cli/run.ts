/** Connects the command line to this process: arguments, streams, signals, time. */
import { setTimeout } from 'node:timers/promises';
import { runCommandLine } from './command-line.ts';
import { readEnvironment } from './environment.ts';
import { EXIT_CODES, type ExitCode } from './problem.ts';
import { styleFor } from './printable.ts';

/** npm hands Ctrl-C on although the terminal has sent it already; two that come this close are one. */
const SAME_KEY_PRESS_MS = 300;

/** How often `npm start` looks whether npm is still there. */
const ORPHANED_LOOK_MS = 250;

/** What they print is not what they were started for. */
const WORKERS: ReadonlySet<string | undefined> = new Set(['serve', 'exec', 'flip']);

/** Help is read whichever command it is of. */
function isWorker([name, ...args]: readonly string[]): boolean {
  const end = args.indexOf('--');
  const own = end === -1 ? args : args.slice(0, end);
  return WORKERS.has(name) && !own.includes('--help') && !own.includes('-h');
}

/** Those that end other processes, or leave data behind: a closed terminal stops them as SIGTERM does. */
const STOPPED_BY_HANG_UP: ReadonlySet<string | undefined> = new Set([...WORKERS, 'upload']);

/** Resolves when the command is done; its exit code is set by then. */
export async function run(): Promise<void> {
  const environment = readEnvironment(process.env, { script: process.argv[1], directory: process.cwd() });
  const interrupt = new AbortController();
  let interruptedAt: number | undefined;
  let stoppedBy: 'SIGINT' | 'SIGTERM' | undefined;
  const onSignal = (signal: NodeJS.Signals) => {
    if (interruptedAt !== undefined && Date.now() - interruptedAt > SAME_KEY_PRESS_MS) {
      // A progress bar that is cut off has no time to bring back the cursor and line wrapping.
      if (process.stderr.isTTY) process.stderr.write('\u001B[?25h\u001B[?7h\n');
      process.exit(EXIT_CODES.interrupted);
    }
    interruptedAt ??= Date.now();
    stoppedBy ??= signal === 'SIGINT' ? 'SIGINT' : 'SIGTERM';
    interrupt.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  if (STOPPED_BY_HANG_UP.has(process.argv[2])) process.on('SIGHUP', onSignal);

  // npm dies of a hang-up without telling its child, which would keep its port for ever.
  if (environment.isNpmStart) {
    const { ppid } = process;
    const watch = setInterval(() => {
      if (process.ppid === ppid) return;
      clearInterval(watch);
      onSignal('SIGTERM');
    }, ORPHANED_LOOK_MS).unref();
  }

  // `tpe rules | head` closes the pipe early: that is no error, and no reason for an upload or a server to end either.
  // A full disk ends none of them either, but it is told: what was to be read is not all there.
  const unread = new AbortController();
  let outputCode: ExitCode = EXIT_CODES.done;
  process.stderr.on('error', () => undefined);
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
    // A server's log is not what it was started for.
    if (code !== 'EPIPE' && !unread.signal.aborted && !isWorker(process.argv.slice(2))) {
      process.stderr.write(`tpe: Not all of the output could be written (${code}). Send it elsewhere.\n`);
      process.exitCode ||= outputCode = EXIT_CODES.refused;
    }
    unread.abort();
  });

  let isRead = false;
  const code = await runCommandLine(process.argv.slice(2), {
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: () => {
      isRead = true;
      return process.stdin;
    },
    style: styleFor(process.stdout.isTTY && !environment.noColour, process.stdout.columns),
    errorStyle: styleFor(process.stderr.isTTY && !environment.noColour, process.stderr.columns),
    progress: process.stderr.isTTY ? 'bar' : 'lines',
    environment,
    directory: process.cwd(),
    signal: interrupt.signal,
    unread: unread.signal,
    stoppedBy: () => stoppedBy,
    now: () => Date.now(),
    sleep: (ms, signal) => setTimeout(ms, undefined, { signal }).catch(() => undefined),
  });
  // Whoever writes to it may go on for ever.
  if (isRead) process.stdin.destroy();
  process.exitCode = code || outputCode;
}
