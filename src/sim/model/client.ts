/** One client code: its profiles, which pcId is whose, and what a visit, a single update and a file do to them. */
import { DAY_MS } from '../../protocol/vocabulary/index.ts';
import type {
  AttributeSource,
  KnownId,
  RuleId,
  Settings,
  VisitorId,
  VisitorIdKind,
} from '../../protocol/vocabulary/index.ts';
import type { NamedValue } from './batch-file.ts';
import { applyFile, arrived, bring, type ModelCustomer, type ModelSources } from './customer-attributes.ts';
import { fold, type ModelAttribute, type ModelProfile, newProfile, say, settle, visible, write } from './profile.ts';

export interface ModelVisit {
  readonly pcId: string | undefined;
  readonly thirdPartyId: string | undefined;
  readonly marketingCloudVisitorId?: string | undefined;
  /** mrg-profile-params: what the call itself says of the visitor. */
  readonly attributes?: readonly NamedValue[] | undefined;
  /** By whom customer attributes are found. */
  readonly customer?: ModelCustomer | undefined;
  /** Used where the visitor has no pcId yet. */
  readonly newPcId: string;
}

export interface ModelVisitResult {
  readonly pcId: string;
  readonly thirdPartyId: string | undefined;
  readonly created: boolean;
}

/** What a fetch tells. */
export interface ModelView {
  readonly modifiedAt: number;
  readonly attributes: readonly ModelAttribute[];
}

export type ModelClient = ReturnType<typeof newClient>;

export function newClient(settings: Settings) {
  /** By identity; never deleted, a profile whose time is over is merely not found. */
  const profiles = new Map<string, ModelProfile>();
  /** pcId identity -> thirdPartyId identity (mrg-map, mrg-all-ids). */
  const links = new Map<string, string>();
  /** thirdPartyId identity -> the pcId it was last linked with. */
  const lastPcIds = new Map<string, string>();
  /** ECID -> the pcId it last came with, without a hint (mrg-map). */
  const ecids = new Map<string, string>();
  const sources: ModelSources = new Map();

  /** our-location-hint, key-pcid-hint: `X.28_20` is X, unless the hint is read as part of the id. */
  const identity = ({ kind, value }: KnownId, { locationHint } = settings): string => {
    const isHinted = kind === 'pcId' && locationHint === 'same-profile';
    return `${kind} ${isHinted ? value.replace(/(?<=.)\.\d+(_\d+)?$/s, '') : value}`;
  };
  /** The identity under which an id's profile is kept. ep-fetch-ecid: that of whoever has its pcId. */
  const holderOf = (id: KnownId, judged: Settings): string => {
    const pcId = id.kind === 'marketingCloudVisitorId' ? ecids.get(id.value) : undefined;
    const key = pcId === undefined ? identity(id, judged) : `pcId ${pcId}`;
    return links.get(key) ?? key;
  };
  /** mrg-immediate-read: a visitor's own calls see those as well that the store does not have yet. */
  const seen = (id: KnownId, now: number, judged = settings): ModelProfile | undefined => {
    const profile = profiles.get(holderOf(id, judged));
    if (profile === undefined) return undefined;
    settle(profile, now);
    // life-14d: expires after days without activity.
    return now - profile.activeAt > judged.profileLifetimeDays * DAY_MS ? undefined : profile;
  };
  /** fch-locate: by any id; life-14d: not after its lifetime; mrg-memory: not while it is in the memory of an edge alone. */
  const find = (id: KnownId, now: number, judged = settings): ModelProfile | undefined => {
    const profile = seen(id, now, judged);
    return profile?.isStored === true ? profile : undefined;
  };
  const create = (id: VisitorId, now: number, judged = settings): ModelProfile => {
    // mrg-memory: its session goes on.
    const unstored = seen(id, now, judged);
    if (unstored !== undefined) return Object.assign(unstored, { isStored: true, modifiedAt: now, activeAt: now });
    const profile = newProfile(now);
    profiles.set(holderOf(id, judged), profile);
    return profile;
  };

  /** life-sliding; mrg-memory: a session is over 30 minutes after its last call, or by setting with the call. */
  const come = (profile: ModelProfile, isNew: boolean, now: number) => {
    profile.activeAt = now;
    const isAtOnce = settings.sessionWrites === 'at-once';
    if (isNew && !isAtOnce) Object.assign(profile, { isStored: false, session: { endsAt: now, values: [] } });
    profile.session &&= { ...profile.session, endsAt: isAtOnce ? now : now + HALF_HOUR_MS };
    settle(profile, now);
  };

  const visitByIds = (call: ModelVisit, now: number): ModelVisitResult => {
    const look = (kind: VisitorIdKind, value: string | undefined) =>
      value === undefined ? undefined : seen({ kind, value }, now);
    const ofThird = look('thirdPartyId', call.thirdPartyId);
    const created = ofThird === undefined && look('pcId', call.pcId) === undefined;
    if (call.thirdPartyId === undefined) {
      // mrg-create-tnt: without any id the visitor gets a new one.
      const pcId = call.pcId ?? call.newPcId;
      const known = look('pcId', pcId);
      const profile = known ?? create({ kind: 'pcId', value: pcId }, now);
      fold(profile);
      come(profile, known === undefined, now);
      return { pcId, thirdPartyId: undefined, created };
    }
    // mrg-create-3rd: an unknown thirdPartyId needs no prior creation.
    const third: VisitorId = { kind: 'thirdPartyId', value: call.thirdPartyId };
    const profile = ofThird ?? create(third, now);
    // mrg-map: a visitor known by T alone has the pcId T was last linked with, else a new one.
    const pcId = call.pcId ?? lastPcIds.get(identity(third)) ?? call.newPcId;
    const pcKey = identity({ kind: 'pcId', value: pcId });
    fold(profile);
    // mrg-3rd-wins: what the anonymous visitor had is kept where the known one has nothing of that name.
    const anonymous = links.has(pcKey) ? undefined : look('pcId', pcId);
    if (anonymous !== undefined) {
      const values = profile.session?.values ?? [];
      const isNobodys = ({ name }: NamedValue) => ![...profile.attributes, ...values].some((own) => own.name === name);
      const said = anonymous.session?.values.filter(isNobodys);
      const moved = anonymous.attributes.filter(isNobodys);
      profile.attributes = [...profile.attributes, ...moved];
      if (said !== undefined) profile.session = { endsAt: now, values: [...said, ...values] };
      const wasStored = ofThird?.isStored === true;
      profile.isStored = wasStored || anonymous.isStored;
      profile.modifiedAt = wasStored
        ? Math.max(profile.modifiedAt, ...moved.map((held) => held.modifiedAt))
        : anonymous.modifiedAt;
    }
    // key-one-customer-id: a pcId linked elsewhere is linked anew; the other's data stay where they are. mrg-sticky: for good.
    profiles.delete(pcKey);
    links.set(pcKey, identity(third));
    lastPcIds.set(identity(third), pcId);
    come(profile, ofThird === undefined && anonymous === undefined, now);
    return { pcId, thirdPartyId: call.thirdPartyId, created };
  };

  /** life-sliding, life-api-touch, our-lifetime-touch: whether a write counts as activity is a setting. */
  const touch = (profile: ModelProfile, now: number, { lifetimeRestartsOn } = settings) => {
    if (lifetimeRestartsOn === 'any-write') profile.activeAt = now;
  };
  /** The control API's own door: creates or updates the base layer. */
  const seed = (id: VisitorId, values: readonly NamedValue[], now: number) => {
    const profile = find(id, now) ?? create(id, now);
    write(profile, 'base', values, now);
    touch(profile, now);
  };
  // err-fetch-404-3rd, err-fetch-404-pc; res-fetch-names, hdr-paramname-only: bare names.
  const fetch = (id: KnownId, now: number): ModelView | undefined => {
    const profile = find(id, now);
    return profile && { modifiedAt: profile.modifiedAt, attributes: visible(profile) };
  };
  const customers = (id: KnownId, now: number): readonly ModelAttribute[] => {
    const profile = seen(id, now);
    return profile === undefined ? [] : arrived(sources, profile, now);
  };

  return {
    get settings() {
      return settings;
    },
    set settings(changed) {
      settings = changed;
    },
    find,
    create,
    touch,
    seed,
    fetch,
    customers,

    /** An mbox call in short. */
    visit(call: ModelVisit, now: number): ModelVisitResult {
      const { thirdPartyId, marketingCloudVisitorId: ecid } = call;
      // mrg-map, mrg-all-ids: an ECID stands for the pcId it came with, and for the newest of them.
      const visited = visitByIds({ ...call, pcId: call.pcId ?? ecids.get(ecid ?? '') }, now);
      const id: VisitorId = { kind: 'pcId', value: visited.pcId };
      if (ecid !== undefined) ecids.set(ecid, identity(id).slice('pcId '.length));
      // fch-only-custom: by setting Target says something too, of whom it has not seen before.
      const isFirst = visited.created && settings.systemAttributes === 'shown';
      const own = isFirst ? [{ name: 'firstSessionStart', value: String(now) }] : [];
      const attributes = [...own, ...(call.attributes ?? [])];
      const profile = seen(id, now)!;
      bring(sources, profile, call.customer ?? { thirdPartyId, customerIds: [] }, settings, now);
      if (attributes.length === 0) return visited;
      // mrg-profile-params: the newest word, said after the two have become one.
      if (settings.sessionWrites === 'at-once') write(profile, 'base', attributes, now);
      else say(profile, attributes, now + HALF_HOUR_MS);
      return visited;
    },

    /** sgl-update-only, our-single-miss: no profile, no effect. */
    update(id: VisitorId, values: readonly NamedValue[], now: number): boolean {
      const isThere = find(id, now) !== undefined;
      if (isThere) seed(id, values, now);
      return isThere;
    },

    told(id: KnownId, now: number): ModelView | undefined {
      const view = fetch(id, now);
      const shown = settings.attributesInFetch === 'shown' ? customers(id, now) : [];
      const own = view?.attributes.filter(({ name }) => !shown.some((each) => each.name === name));
      return own && { ...view!, attributes: [...own, ...shown] };
    },

    /** ca-privacy: a visitor is forgotten by any of the ids, and all ids that lead there with them. */
    forget(id: KnownId, now: number): boolean {
      const existed = seen(id, now) !== undefined;
      const holder = holderOf(id, settings);
      const customerId = /^thirdPartyId (.*)$/s.exec(holder)?.[1];
      if (customerId !== undefined) for (const { records } of sources.values()) records.delete(customerId);
      const gone = new Set([holder]);
      for (const [alias, third] of links) if (third === holder) gone.add(alias);
      for (const [ecid, own] of ecids) if (gone.has(`pcId ${own}`)) ecids.delete(ecid);
      for (const each of gone) for (const ids of [profiles, links, lastPcIds]) ids.delete(each);
      return existed;
    },

    setSource(source: AttributeSource): void {
      const before = sources.get(source.alias);
      const attributes = source.attributes ?? before?.attributes;
      sources.set(source.alias, { ...source, attributes, records: before?.records ?? new Map() });
    },

    /** A file of customer attributes: the rule it fails by. ca-lifetime: who is there lives longer by it. */
    takeFile(alias: string, text: string, now: number, lost: ReadonlySet<number>): RuleId | undefined {
      const told = applyFile(sources, alias, text, settings, lost);
      if (typeof told === 'string') return told;
      for (const value of told) {
        const profile = find({ kind: 'thirdPartyId', value }, now);
        if (profile !== undefined) profile.activeAt = Math.max(profile.activeAt, now);
      }
      return undefined;
    },
  };
}

const HALF_HOUR_MS = 30 * 60_000;
