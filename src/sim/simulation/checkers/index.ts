/** All checkers, in the order they are asked: the nearest to the cause first. */
import { type Evidence, heldBatches } from '../evidence.ts';
import { accountKeepsItsPace } from './account-keeps-its-pace.ts';
import { filesEnd } from './files-end.ts';
import { reportIsTrue } from './report-is-true.ts';
import { rowsAreAccountedFor } from './rows-are-accounted-for.ts';
import { batchEnds, countersEqualTheFile, profileEqualsTheModels } from './server-equals-the-model.ts';
import { uploadConverges } from './upload-converges.ts';
import { whatWasGivenIsSent } from './what-was-given-is-sent.ts';

/** A sentence for a person where something is wrong. */
type Checker = (evidence: Evidence) => string | undefined;

const CHECKERS: Readonly<Record<string, Checker>> = {
  'what-was-given-is-sent': each(runsOf, whatWasGivenIsSent),
  'rows-are-accounted-for': rowsAreAccountedFor,
  'batches-end': each(heldBatches, batchEnds),
  'counters-equal-the-file': each(heldBatches, countersEqualTheFile),
  'files-end': filesEnd,
  'profiles-equal-the-models': each(visitorsOf, profileEqualsTheModels),
  'reports-are-true': each(runsOf, reportIsTrue),
  'uploads-converge': each(({ uploads }) => uploads, uploadConverges),
  'accounts-keep-their-pace': each(({ ids }) => [...ids.keys()], accountKeepsItsPace),
};

export interface Violation {
  readonly checker: string;
  readonly message: string;
}

/** The first thing that is wrong. */
export function firstViolation(evidence: Evidence): Violation | undefined {
  for (const [checker, check] of Object.entries(CHECKERS)) {
    const message = check(evidence);
    if (message !== undefined) return { checker, message };
  }
  return undefined;
}

/** What one check says of any of them. */
function each<Item>(
  items: (evidence: Evidence) => readonly Item[],
  check: (item: Item, evidence: Evidence) => string | undefined,
): Checker {
  return (evidence) => {
    for (const item of items(evidence)) {
      const found = check(item, evidence);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

function runsOf({ uploads }: Evidence) {
  return uploads.flatMap(({ step, runs }) => runs.map((run) => ({ step, run })));
}

function visitorsOf({ ids }: Evidence) {
  return Array.from(ids, ([client, met]) => met.map((id) => ({ client, id }))).flat();
}
