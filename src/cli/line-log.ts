/** A log whose lines of one stretch of work are written together: a step may complete many batches, and a write is dear. */
import type { Writable } from 'node:stream';

/** Writes as a microtask, which no signal and no other callback comes before: an exit in between loses nothing. */
export function lineLog(output: Writable): (line: string) => void {
  let waiting = '';
  const write = () => {
    const lines = waiting;
    waiting = '';
    output.write(lines);
  };
  return (line) => {
    if (waiting === '') queueMicrotask(write);
    waiting += `${line}\n`;
  };
}
