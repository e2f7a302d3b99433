/** What the kernel says a process has used of the processors, in all of its threads. Linux only. */
import { readFileSync } from 'node:fs';

/** The kernel tells in hundredths of a second. */
const TICK_MS = 10;

/** Milliseconds, of its own and of the kernel on its behalf. */
export function processorMsOf(pid: number): number {
  // The name, which may hold anything, stands in parentheses before.
  const [, fields = ''] = readFileSync(`/proc/${pid}/stat`, 'latin1').split(/\) (.*)/s);
  const [user, system] = fields.split(' ').slice(11, 13);
  return (Number(user) + Number(system)) * TICK_MS;
}
