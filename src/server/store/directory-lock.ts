/** One server a data directory. */
import { readFileSync, writeFileSync } from 'node:fs';
import { lockFile, type ProcessLock } from '../../sqlite/process-lock.ts';
import { EmulatorError } from '../runtime/emulator-error.ts';
import { unusableStore } from './connect.ts';
import type { DataDirectory } from './data-directory.ts';

/** The pid stands in a file of its own and is only ever shown. */
export function lockDirectory(directory: DataDirectory, pid = process.pid): ProcessLock {
  const lock = lockFile(directory.lock, unusableStore);
  if (lock === undefined) {
    throw new EmulatorError(
      'data-directory-in-use',
      `The data directory ${directory.path} is in use by ${holder(directory.lockPid)}. Stop it, or use another data directory.`,
    );
  }
  writeFileSync(directory.lockPid, `${pid}\n`, { mode: 0o600 });
  return lock;
}

function holder(pidPath: string): string {
  try {
    const pid = Number(readFileSync(pidPath, 'utf8'));
    if (Number.isSafeInteger(pid) && pid > 0) return `another server (process ${pid})`;
  } catch {
    // The first server is between locking and writing its pid.
  }
  return 'another server';
}
