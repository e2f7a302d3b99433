/** Runs the built command as a user does, and starts emulators with it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const STATE_HOME = mkdtempSync(join(tmpdir(), 'tpe-state-'));
process.once('exit', () => rmSync(STATE_HOME, { recursive: true, force: true }));

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly process: ChildProcess;
  readonly finished: Promise<Finished>;
  /** Standard output, or standard error, as soon as it matches. */
  readonly printed: (pattern: RegExp) => Promise<string>;
  readonly complained: (pattern: RegExp) => Promise<string>;
}

export function startCommand(
  command: string,
  args: readonly string[],
  options: {
    readonly cwd?: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly input?: string;
    /** A process group of its own, as a terminal gives each line, so that Ctrl-C reaches all of it. */
    readonly ownGroup?: boolean;
  } = {},
): Running {
  const { cwd, env, input, ownGroup = false } = options;
  // npm's own variables would make the command call itself as npm does.
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_|^TPE_|^NO_COLOR$/.test(name)));
  // Uploads of tests are remembered where nobody's own are.
  const child = spawn(command, args, {
    env: { ...own, XDG_STATE_HOME: STATE_HOME, ...env },
    detached: ownGroup,
    ...(cwd === undefined ? {} : { cwd }),
  });
  const stdout = listen(child.stdout, child);
  const stderr = listen(child.stderr, child);
  child.stdin.on('error', () => undefined);
  child.stdin.end(input ?? '');
  return {
    process: child,
    finished: once(child, 'close').then((closed) => ({
      code: closed[0] as number | null,
      stdout: stdout.text(),
      stderr: stderr.text(),
    })),
    printed: stdout.said,
    complained: stderr.said,
  };
}

/** Collects a stream; `said` resolves to all of it so far, as soon as it matches or the process has ended. */
function listen(stream: Readable, child: ChildProcess) {
  let text = '';
  const waiting: { readonly pattern: RegExp; readonly done: (text: string) => void }[] = [];
  stream.setEncoding('utf8').on('data', (more: string) => {
    text += more;
    for (const { pattern, done } of waiting) if (pattern.test(text)) done(text);
  });
  child.on('close', () => {
    for (const { done } of waiting) done(text);
  });
  const said = (pattern: RegExp) =>
    new Promise<string>((done) => {
      if (pattern.test(text)) done(text);
      else waiting.push({ pattern, done });
    });
  return { text: () => text, said };
}

export function runCommand(...given: Parameters<typeof startCommand>): Promise<Finished> {
  return startCommand(...given).finished;
}

export interface ServedEmulator extends Running {
  readonly url: string;
}

/** `tpe serve` on a free port; resolves when it listens. */
export async function serve(command: string, args: readonly string[], cwd?: string): Promise<ServedEmulator> {
  const running = startCommand(
    command,
    ['serve', '--json', '--port', '0', ...args],
    cwd === undefined ? undefined : { cwd },
  );
  const [, url] = /"url":"([^"]+)"/.exec(await running.printed(/"url":"[^"]+"/)) ?? [];
  if (url !== undefined) return { ...running, url };
  const { code, stderr } = await running.finished;
  throw new Error(`tpe serve ended with ${code}: ${stderr}`);
}

/** Ctrl-C, in the terminal where it runs. */
export async function interrupt(running: Running): Promise<Finished> {
  process.kill(-running.process.pid!, 'SIGINT');
  return running.finished;
}

/** What a line has left running. */
export function endGroup(running: Running): void {
  try {
    process.kill(-running.process.pid!, 'SIGKILL');
  } catch {
    // Nothing is.
  }
}

export async function stop(running: Running, signal: NodeJS.Signals = 'SIGTERM'): Promise<Finished> {
  running.process.kill(signal);
  return running.finished;
}
