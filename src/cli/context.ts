/** What a command is given: where to print, what the environment says, when to stop. */
import type { Readable, Writable } from 'node:stream';
import type { Config } from './config-file.ts';
import type { Environment } from './environment.ts';
import { jsonText, type Style } from './printable.ts';

export const CONFIG_FILE = 'tpe.config.json';

export interface Context {
  /** Results go here, and nothing else. */
  readonly stdout: Writable;
  /** Progress, hints and errors go here. */
  readonly stderr: Writable;
  /** Opened by whoever asks: most commands never do. */
  stdin(): Readable;
  /** For stdout, and for stderr. */
  readonly style: Style;
  readonly errorStyle: Style;
  /** A bar where a person watches, lines in a log. */
  readonly progress: 'bar' | 'lines';
  readonly environment: Environment;
  readonly directory: string;
  /** The file that `--config` or TPE_CONFIG names, or `tpe.config.json` of the directory; undefined where there is none. */
  readonly config?: Config | undefined;
  /** Aborted by the first Ctrl-C or SIGTERM; the second ends the process at once. */
  readonly signal: AbortSignal;
  /** Aborted when whoever read stdout is gone: what is printed is lost, and what else a command does goes on. */
  readonly unread: AbortSignal;
  /** Which signal it was, for a child process. */
  stoppedBy(): 'SIGINT' | 'SIGTERM' | undefined;
  /** Milliseconds since 1970; the command line is where real time enters. */
  now(): number;
  /** Ends early when the signal is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** What a command's action gives back: an `ExitCode`, or the code of the child it ran. */
export type Run = (context: Context) => Promise<number>;

export function printJson(context: Context, value: unknown): void {
  context.stdout.write(`${jsonText(value, 2)}\n`);
}
