/** A real server for a drill: the built command in a process of its own, which can be stopped, killed and limited. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

export interface LaunchedServer {
  /** Rejects where it ends before it listens. */
  readonly listening: Promise<string>;
  readonly pid: number;
  /** Of standard error so far. */
  complaints(): string;
  /** Of standard output so far: a JSON object a line. */
  log(): string;
  /** SIGTERM. */
  stop(): Promise<Ended>;
  kill(signal?: NodeJS.Signals): Promise<Ended>;
  /** Resolves when it is gone, however that came. */
  readonly ended: Promise<Ended>;
  isRunning(): boolean;
}

export interface DrilledServer extends LaunchedServer {
  readonly url: string;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ServerLimits {
  /** Words for bash before the server is started: `ulimit -n 64`. */
  readonly under?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** `tpe serve --json --port 0` of `dist/`; resolves when it listens. */
export async function startServer(args: readonly string[], limits: ServerLimits = {}): Promise<DrilledServer> {
  const server = launchServer(args, limits);
  return { ...server, url: await server.listening };
}

/** The same, not waited for. It does not outlive this process, whatever a drill throws. */
export function launchServer(args: readonly string[], { under, env }: ServerLimits = {}): LaunchedServer {
  const command = [process.execPath, resolve('dist/cli.js'), 'serve', '--json', '--port', '0', ...args];
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_|^TPE_/.test(name)));
  const words = under === undefined ? command : ['bash', '-c', `${under} && exec "$@"`, 'bash', ...command];
  const child: ChildProcess = spawn(words[0]!, words.slice(1), {
    env: { ...own, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  let complaints = '';
  child.stderr!.setEncoding('utf8').on('data', (more: string) => (complaints = tail(complaints + more)));
  const end = () => void child.kill('SIGKILL');
  process.once('exit', end);
  const ended = once(child, 'close').then((closed): Ended => {
    process.off('exit', end);
    return { code: closed[0], signal: closed[1] };
  });
  const listening = new Promise<string>((done, refused) => {
    child.stdout!.setEncoding('utf8').on('data', (more: string) => {
      log = tail(log + more);
      const found = /"url":"([^"]+)"/.exec(log)?.[1];
      if (found !== undefined) done(found);
    });
    child.once('close', (code, signal) => {
      refused(new Error(`tpe serve ended with ${code ?? signal}: ${complaints}`));
    });
  });
  // Whoever kills it while it starts does not ask.
  listening.catch(() => undefined);
  const kill = (signal: NodeJS.Signals = 'SIGKILL') => {
    child.kill(signal);
    return ended;
  };
  return {
    listening,
    pid: child.pid!,
    complaints: () => complaints,
    log: () => log,
    kill,
    stop: () => kill('SIGTERM'),
    ended,
    isRunning: () => child.exitCode === null && child.signalCode === null,
  };
}

/** Of what a drill has to read again; a server that complains for an hour must not fill the drill's memory. */
const TEXT_CHARS_MAX = 1_000_000;
const tail = (text: string) => (text.length > TEXT_CHARS_MAX ? text.slice(-TEXT_CHARS_MAX / 2) : text);
