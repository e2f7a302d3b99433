/** The rules a store asks outside of batches, given when it is opened; those for a batch's rows come with each slice. */
import type { Activity } from '../../protocol/rules/lifetime.ts';
import type { Settings, VisitorIdKind } from '../../protocol/vocabulary/index.ts';
import type { RowRules } from './sync-store.ts';

export interface StoreRules extends Pick<RowRules, 'evictions' | 'expired'> {
  /** our-location-hint: what profiles are stored under. */
  readonly identity: (kind: VisitorIdKind, id: string, reading: Settings['locationHint']) => string;
  /** our-lifetime-touch. */
  readonly restartsLifetime: (activity: Activity, reading: Settings['lifetimeRestartsOn']) => boolean;
}
