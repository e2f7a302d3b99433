/** All checkers, in the order they are asked: the nearest to the cause first. */
import type { Checker } from '../evidence.ts';
import { accountsKeepTheirPace } from './accounts-keep-their-pace.ts';
import { batchesEnd } from './batches-end.ts';
import { countersEqualTheFile } from './counters-equal-the-file.ts';
import { filesEnd } from './files-end.ts';
import { profilesEqualTheModels } from './profiles-equal-the-models.ts';
import { reportsAreTrue } from './reports-are-true.ts';
import { rowsAreAccountedFor } from './rows-are-accounted-for.ts';
import { uploadsConverge } from './uploads-converge.ts';
import { whatWasGivenIsSent } from './what-was-given-is-sent.ts';

export const CHECKERS: readonly { readonly name: string; readonly check: Checker }[] = [
  { name: 'what-was-given-is-sent', check: whatWasGivenIsSent },
  { name: 'rows-are-accounted-for', check: rowsAreAccountedFor },
  { name: 'batches-end', check: batchesEnd },
  { name: 'counters-equal-the-file', check: countersEqualTheFile },
  { name: 'files-end', check: filesEnd },
  { name: 'profiles-equal-the-models', check: profilesEqualTheModels },
  { name: 'reports-are-true', check: reportsAreTrue },
  { name: 'uploads-converge', check: uploadsConverge },
  { name: 'accounts-keep-their-pace', check: accountsKeepTheirPace },
];
