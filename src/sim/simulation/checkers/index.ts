/** All checkers, in the order they are asked: the nearest to the cause first. */
import { heldBatches, type World } from '../world.ts';
import { accountKeepsItsPace, uploadConverges, whatWasGivenIsSent } from './what-the-client-did.ts';
import { reportIsTrue } from './report-is-true.ts';
import {
  batchEnds,
  countersEqualTheFile,
  filesEnd,
  profileEqualsTheModels,
  rowsAreAccountedFor,
} from './what-the-server-holds.ts';

/** A sentence for a person where something is wrong. */
type Checker = (world: World) => string | undefined;

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

export type Violation = Readonly<{ checker: string; message: string }>;

/** The first thing that is wrong. */
export function firstViolation(world: World): Violation | undefined {
  for (const [checker, check] of Object.entries(CHECKERS)) {
    const message = check(world);
    if (message !== undefined) return { checker, message };
  }
  return undefined;
}

/** What one check says of any of them; where that is something of an upload, it begins with its number. */
function each<Item>(items: (world: World) => readonly Item[], check: (item: Item, world: World) => string | undefined) {
  return (world: World) => {
    for (const item of items(world)) {
      const found = check(item, world);
      if (found !== undefined) return isOfUpload(item) ? `Upload ${item.step.number}: ${found}` : found;
    }
    return undefined;
  };
}

const isOfUpload = (item: unknown): item is { readonly step: { readonly number: number } } =>
  typeof item === 'object' && item !== null && 'step' in item;

function runsOf({ uploads }: World) {
  return uploads.flatMap(({ step, runs }) => runs.map((run) => ({ step, run })));
}

function visitorsOf({ ids }: World) {
  return Array.from(ids, ([client, met]) => met.map((id) => ({ client, id }))).flat();
}
