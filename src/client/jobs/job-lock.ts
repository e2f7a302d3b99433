/** One process a job, or its folder is left alone. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { lockFile, type ProcessLock } from '../../sqlite/process-lock.ts';
import { unusableState } from './job-database.ts';

/** Undefined where somebody else has it. */
export function lockJob(folder: string): ProcessLock | undefined {
  return lockFile(join(folder, 'lock'), unusableState);
}

/** Whether somebody works at the job now. */
export function isJobLocked(folder: string): boolean {
  if (!existsSync(join(folder, 'lock'))) return false;
  const lock = lockJob(folder);
  lock?.release();
  return lock === undefined;
}
