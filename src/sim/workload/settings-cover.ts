/**
 * A covering array over READINGS: any two values of any two readings stand together in at least one row (tested).
 * Each row lists only what differs from the defaults; the first is the defaults themselves.
 */
import { DEFAULT_SETTINGS } from '../../protocol/vocabulary/index.ts';
import type { Settings } from '../../protocol/vocabulary/index.ts';

const CHANGES: readonly Partial<Settings>[] = [
  {},
  {
    consecutiveV2: 'last-write-wins',
    body: 'form',
    locationHint: 'part-of-id',
    illegalIds: 'accept',
    surplusCells: 'fail',
    byteOrderMark: 'refuse',
    lifetimeRestartsOn: 'visits',
    profileLifetimeDays: 1,
    rejectionStatus: 400,
    statusShape: '2020',
  },
  {
    consecutiveV2: 'replace-record',
    locationHint: 'part-of-id',
    surplusCells: 'fail',
    lifetimeRestartsOn: 'visits',
    profileLifetimeDays: 90,
    unknownClients: 'refuse',
    rejectionStatus: 400,
    statusShape: '2017',
  },
  {
    consecutiveV2: 'last-write-wins',
    body: 'form',
    illegalIds: 'accept',
    byteOrderMark: 'refuse',
    profileLifetimeDays: 90,
    unknownClients: 'refuse',
    statusShape: 'tt',
  },
  {
    body: 'form',
    locationHint: 'part-of-id',
    illegalIds: 'accept',
    surplusCells: 'fail',
    byteOrderMark: 'refuse',
    lifetimeRestartsOn: 'visits',
    unknownClients: 'refuse',
    statusShape: '2017',
  },
  {
    consecutiveV2: 'replace-record',
    body: 'form',
    profileLifetimeDays: 1,
    unknownClients: 'refuse',
    statusShape: '2020',
  },
  {
    consecutiveV2: 'replace-record',
    locationHint: 'part-of-id',
    illegalIds: 'accept',
    byteOrderMark: 'refuse',
    rejectionStatus: 400,
    statusShape: 'tt',
  },
  {
    consecutiveV2: 'last-write-wins',
    body: 'form',
    illegalIds: 'accept',
    surplusCells: 'fail',
    lifetimeRestartsOn: 'visits',
    profileLifetimeDays: 90,
    unknownClients: 'refuse',
    rejectionStatus: 400,
  },
  {
    consecutiveV2: 'last-write-wins',
    byteOrderMark: 'refuse',
    profileLifetimeDays: 1,
    rejectionStatus: 400,
    statusShape: '2017',
  },
  {
    body: 'form',
    lifetimeRestartsOn: 'visits',
    profileLifetimeDays: 1,
    unknownClients: 'refuse',
    rejectionStatus: 400,
    statusShape: 'tt',
  },
  {
    locationHint: 'part-of-id',
    surplusCells: 'fail',
    byteOrderMark: 'refuse',
    profileLifetimeDays: 90,
    statusShape: '2020',
  },
  {
    consecutiveV2: 'replace-record',
    locationHint: 'part-of-id',
    byteOrderMark: 'refuse',
    profileLifetimeDays: 1,
    unknownClients: 'refuse',
    rejectionStatus: 400,
  },
  {
    consecutiveV2: 'last-write-wins',
    locationHint: 'part-of-id',
    illegalIds: 'accept',
    byteOrderMark: 'refuse',
    lifetimeRestartsOn: 'visits',
    statusShape: '2020',
  },
  { body: 'form', locationHint: 'part-of-id', surplusCells: 'fail', profileLifetimeDays: 1, statusShape: 'tt' },
];

export const SETTINGS_COVER: readonly Settings[] = CHANGES.map((changes) => ({ ...DEFAULT_SETTINGS, ...changes }));
