/** A context whose output is text and whose clock stands still: commands run in it without a process. */
import { Readable, Writable } from 'node:stream';
import type { Context } from '../../../src/cli/context.ts';
import { readEnvironment } from '../../../src/cli/environment.ts';
import { styleFor } from '../../../src/cli/printable.ts';

export interface FakeContext extends Context {
  readonly printed: () => string;
  readonly complained: () => string;
  readonly interrupt: () => void;
}

export function fakeContext(variables: Readonly<Record<string, string>> = {}, input = ''): FakeContext {
  const out = collector();
  const err = collector();
  const interrupt = new AbortController();
  let nowMs = 0;
  return {
    stdout: out.stream,
    stderr: err.stream,
    stdin: () => Readable.from(input === '' ? [] : [Buffer.from(input)]),
    style: styleFor(false),
    errorStyle: styleFor(false),
    progress: 'lines',
    environment: readEnvironment(variables),
    directory: process.cwd(),
    signal: interrupt.signal,
    unread: new AbortController().signal,
    stoppedBy: () => (interrupt.signal.aborted ? 'SIGTERM' : undefined),
    now: () => nowMs,
    sleep: (ms) => {
      nowMs += ms;
      return Promise.resolve();
    },
    printed: out.text,
    complained: err.text,
    interrupt: () => interrupt.abort(),
  };
}

function collector() {
  const chunks: string[] = [];
  const stream = new Writable({
    decodeStrings: false,
    write(chunk: string | Buffer, _encoding, done) {
      chunks.push(chunk.toString());
      done();
    },
  });
  return { stream, text: () => chunks.join('') };
}
