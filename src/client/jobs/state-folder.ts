/** The folder jobs are remembered in: ours by its mark, closed to everybody else, refused where it holds other things. */
import { chmodSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makePrivately } from '../../sqlite/private-directory.ts';
import { createPrivately } from '../../sqlite/private-file.ts';
import { reasonOf } from '../reason-of.ts';
import { UploadError, isUploadError } from '../upload-error.ts';

/** Makes what is missing: the database, and `jobs`, with a folder for each job that is not settled. @throws `state-unusable` */
export function claimStateFolder(path: string): { readonly database: string; readonly jobs: string } {
  const mark = join(path, MARK);
  try {
    makePrivately(path);
    if (!existsSync(mark)) {
      if (readdirSync(path).length > 0) {
        const message = `${path} holds other things: name a folder of its own by --state, or --state off.`;
        throw new UploadError('state-unusable', message);
      }
      writeFileSync(mark, 'Jobs of tpe upload (target-profile-emulator). See tpe jobs.\n', { mode: 0o600 });
    }
    chmodSync(path, 0o700);
    const jobs = join(path, 'jobs');
    makePrivately(jobs);
    const database = join(path, 'jobs.db');
    createPrivately(database);
    return { database, jobs };
  } catch (error) {
    if (isUploadError(error, 'state-unusable')) throw error;
    const message = `The state folder ${path} cannot be used: ${reasonOf(error)}. Name another by --state, or --state off.`;
    throw new UploadError('state-unusable', message, { cause: error });
  }
}

const MARK = 'tpe-state';
