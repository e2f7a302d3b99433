/** What the kernel says of a process's memory. Linux only: elsewhere undefined, and the figure is left out. */
import { readFileSync } from 'node:fs';

/** The most it ever had resident. */
export function peakMiBOf(pid: number): number | undefined {
  return statusMiB(pid, 'VmHWM');
}

export function residentMiBOf(pid: number): number | undefined {
  return statusMiB(pid, 'VmRSS');
}

function statusMiB(pid: number, field: string): number | undefined {
  try {
    const line = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
    return line === null ? undefined : Number(line[1]) / 1024;
  } catch {
    return undefined;
  }
}
