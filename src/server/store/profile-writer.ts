/** Writes attributes into one profile: what was there, what rule 72 says, what is kept, what no longer fits. */
import { ourLifetimeTouch } from '../../protocol/rules/lifetime.ts';
import { lim64kEvict } from '../../protocol/rules/limits.ts';
import { type LayerFacts, MERGE_INTO_BASE, v2OverrideCaveat } from '../../protocol/rules/v2.ts';
import { PROFILE_BYTES_MAX, type Settings } from '../../protocol/vocabulary/index.ts';
import type { AttributeNames } from './attribute-names.ts';
import {
  mergeRecord,
  pairsOf,
  readFacts,
  type RecordFacts,
  recordWithout,
  segmentHead,
  segmentOf,
  unescapeValue,
  visibleAttributes,
} from './attribute-record.ts';
import { lostUpdates } from './override-table.ts';
import { nameMarks } from './name-marks.ts';
import { activeAt, isAlive, storedTimes } from './profile-times.ts';
import type { ProfileSlot, ProfileTable } from './profile-table.ts';
import { type RecordScan, recordScan } from './record-scan.ts';
import { seenAt, type SeenSlot, settledRecord, withSession } from './session-writes.ts';

export type ProfileWriter = ReturnType<typeof profileWriter>;

interface WrittenAttributes {
  readonly names: AttributeNames;
  /** Name ids, each once, in the order written, with their values. */
  readonly ids: readonly number[];
  readonly values: readonly string[];
  /** Who writes: a batch's sequence and row, or neither. `stamp` is the batch's `segmentStamp` of the context's time. */
  readonly stamp: string;
  readonly batch: number | '';
  readonly row: number | '';
  /** Of a batch, what rule v2-override-caveat asks: the record's part of it is filled in here. */
  readonly facts?: LayerFacts & RecordFacts;
}

export function profileWriter(profiles: Pick<ProfileTable, 'write'>) {
  const scan = recordScan();
  const written = nameMarks();
  const fitToBudget = budgetKeeper();
  let slot: ProfileSlot;
  let seen: SeenSlot;
  let context: { readonly now: number; readonly settings: Settings };
  let alive = false;

  return {
    /** Reads a profile for the next `write`. False where none exists, or its lifetime is over: then a write starts anew. */
    open(nextSlot: ProfileSlot, nextContext: typeof context): boolean {
      slot = nextSlot;
      context = nextContext;
      seen = seenAt(slot, context.now);
      scan.read(seen.record);
      alive = isAlive(seen, scan, context.now, context.settings);
      if (!alive && scan.segmentCount > 0 && seen.isUnborn !== true) scan.read('');
      return alive;
    },
    /** Writes into the profile opened last. */
    write({ names, ids, values, stamp, batch, row, facts }: WrittenAttributes) {
      const { now, settings } = context;
      written.clear();
      for (const id of ids) written.add(id);
      if (facts !== undefined) readFacts(scan, batch === '' ? 0 : batch, written, facts);
      const plan = facts === undefined ? MERGE_INTO_BASE : v2OverrideCaveat.decide(facts);
      const lost = lostUpdates(scan, plan, written, batch === '' ? 0 : batch);
      const segment = segmentOf(segmentHead(plan.layer, stamp, row), pairsOf(names, ids, values));
      const merged = withSession(mergeRecord(scan, plan, written, segment), seen.session);
      const record = fitToBudget(merged, names, ids, scan);
      const isActivity = ourLifetimeTouch.decide(alive ? 'write' : 'creation', settings.lifetimeRestartsOn);
      const activity = isActivity ? now : activeAt(seen, scan);
      const evicted = record !== merged;
      // The new segment comes last and says when, unless it is not there.
      const content =
        ids.length === 0 || evicted
          ? { ...storedTimes(record, now, activity), record }
          : { modifiedAt: null, activeAt: activity === now ? null : activity, record };
      profiles.write(slot, content);
      return { readingsDiffer: plan.readingsDiffer, evicted, lost };
    },
  };
}

export type BudgetKeeper = ReturnType<typeof budgetKeeper>;

/**
 * What of a record stays within the budget that all attributes share. `before` are its names but for those of `ids`;
 * without it the record's own are looked for.
 *
 * Counting UTF-8 bytes is left out where a bound on them shows that the rule has nothing to say: escaped text is never
 * shorter than what it stands for, and a UTF-16 unit has at most three bytes.
 */
export function budgetKeeper() {
  const after = recordScan();
  const marks = nameMarks();
  return (record: string, names: AttributeNames, ids: readonly number[] = [], before?: RecordScan): string => {
    if (before === undefined) after.read(record);
    const known = before ?? after;
    let nameBytes = 0;
    for (const id of ids) nameBytes += names.bytesOf(id);
    for (let pair = 0; pair < known.pairCount; pair += 1) nameBytes += names.bytesOf(known.nameOf(pair));
    const settled = settledRecord(record);
    if (settled === record) {
      if (nameBytes + record.length * 3 <= PROFILE_BYTES_MAX) return record;
      if (nameBytes + Buffer.byteLength(record) <= PROFILE_BYTES_MAX) return record;
    }
    // What waits in a session counts as if it had ended.
    after.read(settled);
    const visible = visibleAttributes(after, marks);
    const evicted = lim64kEvict.decide(
      visible.map((pair) => ({
        bytes: names.bytesOf(after.nameOf(pair)) + Buffer.byteLength(unescapeValue(after.valueOf(pair))),
        modifiedAt: after.timeOf(after.segmentOf(pair)),
      })),
    );
    if (evicted.length === 0) return record;
    marks.clear();
    for (const index of evicted) marks.add(after.nameOf(visible[index]!));
    after.read(record);
    return recordWithout(after, marks);
  };
}
