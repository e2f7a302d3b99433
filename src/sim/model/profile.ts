/** One visitor's profile: two layers of attributes in the order they were written, and what each write does to them. */
import { PROFILE_BYTES_MAX } from '../../protocol/vocabulary/index.ts';
import type { NamedValue } from './batch-file.ts';

export interface ModelProfile {
  /** Oldest write first. A name may stand in both layers; the pending value is the one that is seen. */
  attributes: readonly ModelAttribute[];
  /** ca-own-namespace: what files said of the customer, under names of their own. */
  customers: readonly ModelAttribute[];
  /** mrg-memory: what calls said in a session; the store has it when the session ends. */
  session: { readonly endsAt: number; readonly values: readonly NamedValue[] } | undefined;
  /** False for whom a call created, as long as the session lasts. */
  isStored: boolean;
  /** When something was last written to it, or when it was created. */
  modifiedAt: number;
  /** What its lifetime is counted from (life-14d). */
  activeAt: number;
}

export interface ModelAttribute extends NamedValue {
  readonly modifiedAt: number;
  readonly layer: Layer;
  /** The batch and the row that wrote it; undefined for single updates and seeds. */
  readonly by: { readonly batch: string; readonly row: number } | undefined;
}

/** v2-override-caveat (R3): what a v2 batch says of a thirdPartyId waits above the base until the visitor comes. */
export type Layer = 'base' | 'pending';

export function newProfile(now: number): ModelProfile {
  return { attributes: [], customers: [], session: undefined, isStored: true, modifiedAt: now, activeAt: now };
}

/** mrg-memory: a session that is over is in the store since its end, and says the last word. */
export function settle(profile: ModelProfile, now: number): void {
  const { session } = profile;
  if (session === undefined || session.endsAt > now) return;
  profile.session = undefined;
  if (!profile.isStored) profile.modifiedAt = session.endsAt;
  profile.isStored = true;
  if (session.values.length > 0) put(profile, 'base', session.values, session.endsAt);
}

/** Into the session, which has room for as much as the profile will have when it is over. */
export function say(profile: ModelProfile, values: readonly NamedValue[], endsAt: number): void {
  const others = (profile.session?.values ?? []).filter(({ name }) => !values.some((said) => said.name === name));
  profile.session = { endsAt, values: [...others, ...values] };
  evictOldest(profile);
}

/** v1-merge-keys, empty-ignored: the names written change, all others stay. Returns how many names did not fit. */
export function write(...written: Parameters<typeof put>): number {
  put(...written);
  return evictOldest(written[0]);
}

function put(
  profile: ModelProfile,
  layer: Layer,
  values: readonly NamedValue[],
  now: number,
  by?: ModelAttribute['by'],
): void {
  for (const value of values) {
    // v2-override-caveat (R3): a base write takes the name out of the pending set; a pending one only covers the base.
    const isKept = (held: ModelAttribute) => held.name !== value.name || (layer === 'pending' && held.layer === 'base');
    profile.attributes = [...profile.attributes.filter(isKept), { ...value, modifiedAt: now, layer, by }];
  }
  profile.modifiedAt = now;
}

/** v2-override-caveat: takes a layer, or all, away. */
export function drop(profile: ModelProfile, what: Layer | 'all'): void {
  profile.attributes = profile.attributes.filter((held) => what !== 'all' && held.layer !== what);
}

/** A visit (Q11): pending becomes base, keeping each modifiedAt and its place. */
export function fold(profile: ModelProfile): void {
  profile.attributes = visible(profile).map((held) => ({ ...held, layer: 'base' as const }));
}

/** What a fetch and the budget see: base and pending, the pending value where both hold a name. */
export function visible(profile: ModelProfile): readonly ModelAttribute[] {
  const pending = new Set(profile.attributes.filter((held) => held.layer === 'pending').map((held) => held.name));
  return profile.attributes.filter((held) => held.layer === 'pending' || !pending.has(held.name));
}

/** lim-profile-64k, lim-64k-evict, our-eviction-order: the oldest go until it fits; on equal times the earlier write. */
export function evictOldest(profile: ModelProfile): number {
  let evicted = 0;
  for (;;) {
    // ca-own-namespace: one budget for both; mrg-memory: and for what the session leaves behind.
    const later = { ...profile };
    settle(later, Infinity);
    const seen = [...profile.customers, ...visible(later)];
    const bytes = seen.reduce((sum, { name, value }) => sum + Buffer.byteLength(name) + Buffer.byteLength(value), 0);
    if (bytes <= PROFILE_BYTES_MAX) return evicted;
    let oldest = seen[0]!;
    for (const held of seen) if (held.modifiedAt < oldest.modifiedAt) oldest = held;
    const isCustomers = profile.customers.includes(oldest);
    profile.customers = profile.customers.filter((held) => held !== oldest);
    const isOther = ({ name }: NamedValue) => name !== oldest.name;
    if (!isCustomers) {
      profile.attributes = profile.attributes.filter(isOther);
      profile.session &&= { ...profile.session, values: profile.session.values.filter(isOther) };
    }
    evicted += 1;
  }
}
