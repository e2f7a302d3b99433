/**
 * What calls wrote in a session that has not ended (mrg-memory). It lies in the visitor's record, behind customer
 * attributes, as one segment whose mark is `+` and whose time is the session's end; until then only visits see it.
 */
import type { AttributeNames } from './attribute-names.ts';
import {
  markNames,
  mergeRecord,
  ownStart,
  recordWithout,
  segmentHead,
  segmentOf,
  segmentStamp,
} from './attribute-record.ts';
import { type NameMarks, nameMarks } from './name-marks.ts';
import { lastTime, storedTimes } from './profile-times.ts';
import type { ProfileSlot, ProfileTable } from './profile-table.ts';
import type { BudgetKeeper } from './profile-writer.ts';
import { recordScan, timeOfText } from './record-scan.ts';

export interface Session {
  readonly endsAt: number;
  /** Its attributes, as a segment spells them. */
  readonly pairs: string;
}

/** A row as everybody sees it. */
export interface SeenSlot extends ProfileSlot {
  /** What waits beside it. */
  readonly session?: Session;
  /** A call created it, and its session has not ended: for all but visits its lifetime is over. */
  readonly isUnborn?: boolean;
}

/** At `now`: a session that has ended is written at its end, one that has not stands beside. Mostly the row itself. */
export function seenAt(slot: ProfileSlot, now: number): SeenSlot {
  const start = ownStart(slot.record);
  if (slot.record.charCodeAt(start) !== PLUS) return slot;
  const session = sessionAt(slot.record, start);
  const modifiedAt = slot.modifiedAt ?? lastTime(slot.record);
  const activeAt = slot.activeAt ?? modifiedAt;
  if (session.endsAt <= now) {
    const written = session.pairs === '' ? modifiedAt : Math.max(modifiedAt, session.endsAt);
    return { ...slot, record: settledRecord(slot.record), modifiedAt: written, activeAt };
  }
  const seen = { ...slot, record: recordBeside(slot.record, start), session };
  if (modifiedAt <= now) return { ...seen, modifiedAt, activeAt };
  return { ...seen, modifiedAt: -Infinity, activeAt: -Infinity, isUnborn: true };
}

/** Without the session, which begins at `start`. */
const recordBeside = (record: string, start: number) =>
  record.slice(0, start) + record.slice(record.indexOf('\n', start) + 1);

/** The record when its session has ended; the record itself where it has none. */
export function settledRecord(record: string): string {
  const start = ownStart(record);
  if (record.charCodeAt(start) !== PLUS) return record;
  const { endsAt, pairs } = sessionAt(record, start);
  ownScan.read(recordBeside(record, start));
  const segment = segmentOf(segmentHead('base', segmentStamp(endsAt, ''), ''), pairs);
  return mergeRecord(ownScan, { layer: 'base', drops: 'nothing' }, namesOf(pairs), segment);
}

/** The record with a session beside it. */
export function withSession(record: string, session: Session | undefined): string {
  if (session === undefined) return record;
  const start = ownStart(record);
  const head = segmentHead('session', segmentStamp(session.endsAt, ''), '');
  return `${record.slice(0, start)}${head}${session.pairs}\n${record.slice(start)}`;
}

/** Of two sessions that have become one, the first one's word counts. */
export const joinedPairs = (first: string, second: string): string => pairsWithout(second, namesOf(first)) + first;

/** mrg-profile-params, in a session: a name given anew has its new value, at that one's place. */
export function sessionWriter(profiles: ProfileTable, fit: BudgetKeeper) {
  return (slot: ProfileSlot, said: string, names: AttributeNames, now: number, endsAt: number): void => {
    const { record, session } = seenAt(slot, now);
    const full = fit(withSession(record, { endsAt, pairs: joinedPairs(said, session?.pairs ?? '') }), names);
    const modifiedAt = slot.modifiedAt ?? lastTime(slot.record);
    profiles.write(slot, { ...storedTimes(full, modifiedAt, slot.activeAt ?? modifiedAt), record: full });
  };
}

/** What of a session's attributes has none of these names. */
export function pairsWithout(pairs: string, names: NameMarks): string {
  return recordWithout(scanOf(pairs), names).slice(HEAD.length, -1);
}

function sessionAt(record: string, start: number): Session {
  const end = record.indexOf('\n', start);
  const comma = record.indexOf(',', start);
  return { endsAt: timeOfText(record.slice(start + 1, comma)), pairs: record.slice(comma + 2, end) };
}

const namesOf = (pairs: string): NameMarks => markNames(scanOf(pairs), marks);

function scanOf(pairs: string) {
  pairScan.read(`${HEAD}${pairs}\n`);
  return pairScan;
}

// Room to work in, used again for every record: a fetch of who has been in a session makes none of its own.
const ownScan = recordScan();
const pairScan = recordScan();
const marks = nameMarks();

const HEAD = segmentHead('session', segmentStamp(0, ''), '');
const PLUS = 0x2b;
