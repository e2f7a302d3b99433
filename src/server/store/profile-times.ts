/** When a profile was last written to and last active: columns are null where the record's last segment says it. */
import { life14d } from '../../protocol/rules/lifetime.ts';
import type { Settings } from '../../protocol/vocabulary/index.ts';
import type { ProfileSlot } from './profile-table.ts';
import { type RecordScan, timeOfText } from './record-scan.ts';

type Times = Pick<ProfileSlot, 'modifiedAt' | 'activeAt'>;

export function modifiedAt(times: Times, scan: RecordScan): number {
  return times.modifiedAt ?? (scan.segmentCount === 0 ? 0 : scan.timeOf(scan.segmentCount - 1));
}

export function activeAt(times: Times, scan: RecordScan): number {
  return times.activeAt ?? modifiedAt(times, scan);
}

/** There is one, and its lifetime is not over. */
export const isAlive = (slot: ProfileSlot, scan: RecordScan, now: number, settings: Settings): boolean =>
  slot.stored && !life14d.decide(activeAt(slot, scan), now, settings);

/** The two columns for a record; written bulk rows need neither, which keeps them short. */
export function storedTimes(record: string, modified: number, active: number): Times {
  return {
    modifiedAt: record !== '' && lastTime(record) === modified ? null : modified,
    activeAt: active === modified ? null : active,
  };
}

/** Of the last segment; 0 where there is none. */
export function lastTime(record: string): number {
  if (record === '') return 0;
  const start = record.lastIndexOf('\n', record.length - 2) + 1;
  return timeOfText(record.slice(start + 1, record.indexOf(',', start)));
}
