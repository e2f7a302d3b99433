/** One client code: its profiles, which pcId is whose, and what a row, a visit and a single update do to them. */
import {
  type Api,
  DAY_MS,
  type KnownId,
  type RowOutcome,
  type RuleId,
  type Settings,
  type VisitorId,
  type VisitorIdKind,
} from '../../protocol/vocabulary/index.ts';
import type { ModelRow, NamedValue } from './batch-file.ts';
import { applyFile, bring } from './customer-attributes.ts';
import type { ModelCustomer, ModelSources } from './customer-attributes.ts';
import { drop, fold, newProfile, say, settle, visible, write } from './profile.ts';
import type { ModelProfile } from './profile.ts';

export interface ModelClient {
  settings: Settings;
  /** By identity; never deleted, a profile whose time is over is merely not found. */
  readonly profiles: Map<string, ModelProfile>;
  /** pcId identity -> thirdPartyId identity (mrg-map, mrg-all-ids). */
  readonly links: Map<string, string>;
  /** thirdPartyId identity -> the pcId it was last linked with. */
  readonly lastPcIds: Map<string, string>;
  /** ECID -> the pcId it last came with, without a hint (mrg-map). */
  readonly ecids: Map<string, string>;
  readonly sources: ModelSources;
}

export interface RowResult {
  readonly outcome: RowOutcome;
  readonly rule: RuleId;
  readonly column: number | undefined;
  /** Rules worth a note at this row. */
  readonly notes: readonly RuleId[];
  /** v2-override-caveat: what earlier batches had written, and this row took away without writing it anew. */
  readonly overridden: readonly { readonly batch: string; readonly row: number; readonly name: string }[];
}

/** The part of a batch that its rows need. */
export interface RowContext {
  readonly batchId: string;
  /** The number of the row that is applied. */
  readonly number: number;
  readonly api: Api;
  readonly idKind: VisitorIdKind;
  /** As they were when the batch was accepted. */
  readonly settings: Settings;
}

export function newClient(settings: Settings): ModelClient {
  return {
    settings,
    profiles: new Map(),
    links: new Map(),
    lastPcIds: new Map(),
    ecids: new Map(),
    sources: new Map(),
  };
}

export function applyRow(client: ModelClient, batch: RowContext, row: ModelRow, now: number): RowResult {
  // our-empty-only-counters: ignored rows count for no counter of the API's own.
  if (row.kind === 'ignored') return result('ignored', 'empty-only-skipped');
  if (row.kind === 'failed') return { ...result('failed', row.rule), column: row.column };
  const id: VisitorId = { kind: batch.idKind, value: row.id };
  const existing = findProfile(client, id, batch.settings, now);
  // v1-update-only, v1-notfound-count
  if (existing === undefined && batch.api === 'v1') return result('not-found', 'v1-update-only');
  // v2-upsert: known from this row on, whatever is pending.
  const profile = existing ?? createProfile(client, id, batch.settings, now);
  const notes: RuleId[] = [];
  const stamp = { now, by: { batch: batch.batchId, row: batch.number } };
  let overridden: RowResult['overridden'] = [];
  let evicted: number;
  if (batch.api === 'v2' && batch.idKind === 'thirdPartyId') {
    if (readingsDiffer(profile, row.values, batch)) notes.push('v2-override-caveat');
    const before = profile.attributes;
    dropEarlier(profile, batch, batch.settings.consecutiveV2);
    const dropped = before.filter((held) => !profile.attributes.includes(held));
    overridden = dropped.flatMap(({ name, by }) =>
      by === undefined || row.values.some((written) => written.name === name) ? [] : [{ ...by, name }],
    );
    evicted = write(profile, 'pending', row.values, stamp);
  } else {
    // v2-override-caveat: v2 with pcId always merges, as v1 does (v1-merge-keys).
    evicted = write(profile, 'base', row.values, stamp);
  }
  if (evicted > 0) notes.push('lim-64k-evict');
  touch(profile, batch.settings, now);
  if (batch.api === 'v1') return { ...result('updated', 'v1-merge-keys'), notes };
  return { ...result(existing === undefined ? 'created' : 'updated', 'v2-upsert'), notes, overridden };
}

/** thr-loss, thr-message-loss: a row that would have been written is not, and the counters tell of it or do not. */
export function loseRow(
  client: ModelClient,
  batch: RowContext,
  row: ModelRow,
  loss: 'silent' | 'visible',
  now: number,
): RowResult {
  if (row.kind !== 'row') return applyRow(client, batch, row, now);
  const existing = findProfile(client, { kind: batch.idKind, value: row.id }, batch.settings, now);
  if (existing === undefined && batch.api === 'v1') return result('not-found', 'v1-update-only');
  return loss === 'silent' ? result('lost', 'thr-loss') : result('failed', 'thr-message-loss');
}

/** v2-override-caveat: the three readings of what a v2 row takes away before it writes. */
function dropEarlier(profile: ModelProfile, batch: RowContext, reading: Settings['consecutiveV2']): void {
  const own = profile.attributes.filter((held) => held.by?.batch === batch.batchId);
  switch (reading) {
    case 'replace-pending':
      // R3: rows of one batch extend one pending set; the first row of a later batch replaces it.
      if (!own.some((held) => held.layer === 'pending')) drop(profile, 'pending');
      break;
    case 'last-write-wins':
      // R1: no caveat at all.
      break;
    case 'replace-record':
      // R2: only what this batch says remains.
      if (own.length === 0) drop(profile, 'all');
      break;
  }
}

/** The three readings tried on copies: would the visitor's attributes come out different? */
function readingsDiffer(profile: ModelProfile, values: readonly NamedValue[], batch: RowContext): boolean {
  const readings = ['replace-pending', 'last-write-wins', 'replace-record'] as const;
  const outcomes = readings.map((reading) => {
    const copy = { ...profile };
    dropEarlier(copy, batch, reading);
    write(copy, 'pending', values, { now: 0, by: undefined });
    return JSON.stringify(
      visible(copy)
        .map(({ name, value }) => [name, value])
        .toSorted(),
    );
  });
  return new Set(outcomes).size > 1;
}

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

/** An mbox call in short. */
export function visit(client: ModelClient, call: ModelVisit, now: number): ModelVisitResult {
  const { marketingCloudVisitorId: ecid } = call;
  // mrg-map, mrg-all-ids: an ECID stands for the pcId it came with, and for the newest of them.
  const pcId = call.pcId ?? (ecid === undefined ? undefined : client.ecids.get(ecid));
  const visited = visitByIds(client, { ...call, pcId }, now);
  const isAtOnce = client.settings.sessionWrites === 'at-once';
  const id: VisitorId = { kind: 'pcId', value: visited.pcId };
  if (ecid !== undefined) client.ecids.set(ecid, identity(id, client.settings).slice('pcId '.length));
  // fch-only-custom: by setting Target says something too, of whom it has not seen before.
  const isFirst = visited.created && client.settings.systemAttributes === 'shown';
  const own = isFirst ? [{ name: 'firstSessionStart', value: String(now) }] : [];
  const attributes = [...own, ...(call.attributes ?? [])];
  // mrg-profile-params: the newest word, said after the two have become one.
  const profile = seenByVisits(client, id, client.settings, now);
  const customer = call.customer ?? { thirdPartyId: call.thirdPartyId, customerIds: [] };
  bring(client.sources, profile!, customer, client.settings, now);
  if (attributes.length > 0) {
    if (isAtOnce) write(profile!, 'base', attributes, { now, by: undefined });
    else say(profile!, attributes, now + HALF_HOUR_MS);
  }
  return visited;
}

const HALF_HOUR_MS = 30 * 60_000;

/** life-sliding; mrg-memory: a session is over 30 minutes after its last call, or by setting with the call. */
function come(profile: ModelProfile, isNew: boolean, settings: Settings, now: number): void {
  profile.activeAt = now;
  const isAtOnce = settings.sessionWrites === 'at-once';
  if (isNew && !isAtOnce) Object.assign(profile, { isStored: false, session: { endsAt: now, values: [] } });
  profile.session &&= { ...profile.session, endsAt: isAtOnce ? now : now + HALF_HOUR_MS };
  settle(profile, now);
}

function visitByIds(client: ModelClient, call: ModelVisit, now: number): ModelVisitResult {
  const { settings } = client;
  const find = (kind: VisitorIdKind, value: string | undefined) =>
    value === undefined ? undefined : seenByVisits(client, { kind, value }, settings, now);
  const ofThird = find('thirdPartyId', call.thirdPartyId);
  const created = ofThird === undefined && find('pcId', call.pcId) === undefined;
  if (call.thirdPartyId === undefined) {
    // mrg-create-tnt: without any id the visitor gets a new one.
    const pcId = call.pcId ?? call.newPcId;
    const id: VisitorId = { kind: 'pcId', value: pcId };
    const known = seenByVisits(client, id, settings, now);
    const profile = known ?? createProfile(client, id, settings, now);
    fold(profile);
    come(profile, known === undefined, settings, now);
    return { pcId, thirdPartyId: undefined, created };
  }
  // mrg-create-3rd: an unknown thirdPartyId needs no prior creation.
  const third: VisitorId = { kind: 'thirdPartyId', value: call.thirdPartyId };
  const thirdKey = identity(third, settings);
  const profile = ofThird ?? createProfile(client, third, settings, now);
  // mrg-map: a visitor known by T alone has the pcId T was last linked with, else a new one.
  const pcId = call.pcId ?? client.lastPcIds.get(thirdKey) ?? call.newPcId;
  const pcKey = identity({ kind: 'pcId', value: pcId }, settings);
  fold(profile);
  let isNew = ofThird === undefined;
  if (!client.links.has(pcKey)) {
    // mrg-3rd-wins: what the anonymous visitor had is kept where the known one has nothing of that name.
    const anonymous = find('pcId', pcId);
    if (anonymous !== undefined) {
      isNew = false;
      const { session } = profile;
      const isNobodys = ({ name }: NamedValue) =>
        ![...profile.attributes, ...(session?.values ?? [])].some((own) => own.name === name);
      const said = anonymous.session?.values.filter(isNobodys);
      const moved = anonymous.attributes.filter(isNobodys);
      profile.attributes = [...profile.attributes, ...moved];
      if (said !== undefined) profile.session = { endsAt: now, values: [...said, ...(session?.values ?? [])] };
      const wasStored = ofThird?.isStored === true;
      profile.isStored = wasStored || anonymous.isStored;
      profile.modifiedAt = wasStored
        ? Math.max(profile.modifiedAt, ...moved.map((held) => held.modifiedAt))
        : anonymous.modifiedAt;
    }
  }
  // key-one-customer-id: a pcId linked elsewhere is linked anew; the other's data stay where they are. mrg-sticky: for good.
  client.profiles.delete(pcKey);
  client.links.set(pcKey, thirdKey);
  client.lastPcIds.set(thirdKey, pcId);
  come(profile, isNew, settings, now);
  return { pcId, thirdPartyId: call.thirdPartyId, created };
}

/** sgl-update-only, our-single-miss: no profile, no effect. */
export function updateProfile(client: ModelClient, id: VisitorId, values: readonly NamedValue[], now: number): boolean {
  const profile = findProfile(client, id, client.settings, now);
  if (profile === undefined) return false;
  write(profile, 'base', values, { now, by: undefined });
  touch(profile, client.settings, now);
  return true;
}

/** ca-privacy: a visitor is forgotten by any of the ids, and all ids that lead there with them. False where there is no profile. */
export function forgetVisitor(client: ModelClient, id: KnownId, now: number): boolean {
  const existed = seenByVisits(client, id, client.settings, now) !== undefined;
  const holder = holderOf(client, id, client.settings);
  const customerId = /^thirdPartyId (.*)$/s.exec(holder)?.[1];
  if (customerId !== undefined) for (const { records } of client.sources.values()) records.delete(customerId);
  const gone = new Set([holder]);
  for (const [alias, third] of client.links) if (third === holder) gone.add(alias);
  for (const [ecid, own] of client.ecids) if (gone.has(`pcId ${own}`)) client.ecids.delete(ecid);
  for (const each of gone) {
    client.profiles.delete(each);
    client.links.delete(each);
    client.lastPcIds.delete(each);
  }
  return existed;
}

/** A file of customer attributes: the rule it fails by. ca-lifetime: who is there lives longer by it. */
export function takeFile(
  client: ModelClient,
  alias: string,
  text: string,
  now: number,
  lost: ReadonlySet<number>,
): RuleId | undefined {
  const told = applyFile(client.sources, alias, text, client.settings, lost);
  if (typeof told === 'string') return told;
  for (const value of told) {
    const profile = findProfile(client, { kind: 'thirdPartyId', value }, client.settings, now);
    if (profile !== undefined) profile.activeAt = Math.max(profile.activeAt, now);
  }
  return undefined;
}

/** The control API's own door: creates or updates the base layer. */
export function seedProfile(client: ModelClient, id: VisitorId, values: readonly NamedValue[], now: number): void {
  const found = findProfile(client, id, client.settings, now);
  const profile = found ?? createProfile(client, id, client.settings, now);
  write(profile, 'base', values, { now, by: undefined });
  touch(profile, client.settings, now);
}

/** fch-locate: by any id; life-14d: not after its lifetime; mrg-memory: not while it is in the memory of an edge alone. */
export function findProfile(client: ModelClient, id: KnownId, settings: Settings, now: number) {
  const profile = seenByVisits(client, id, settings, now);
  return profile?.isStored === true ? profile : undefined;
}

/** mrg-immediate-read: a visitor's own calls see those as well that the store does not have yet. */
export function seenByVisits(client: ModelClient, id: KnownId, settings: Settings, now: number) {
  const profile = client.profiles.get(holderOf(client, id, settings));
  if (profile === undefined) return undefined;
  settle(profile, now);
  // life-14d: expires after days without activity.
  const expired = now - profile.activeAt > settings.profileLifetimeDays * DAY_MS;
  return expired ? undefined : profile;
}

function createProfile(client: ModelClient, id: VisitorId, settings: Settings, now: number): ModelProfile {
  const unstored = seenByVisits(client, id, settings, now);
  if (unstored !== undefined) {
    // mrg-memory: its session goes on.
    Object.assign(unstored, { isStored: true, modifiedAt: now, activeAt: now });
    return unstored;
  }
  const profile = newProfile(now);
  client.profiles.set(holderOf(client, id, settings), profile);
  return profile;
}

/** The identity under which an id's profile is kept. ep-fetch-ecid: that of whoever has its pcId. */
function holderOf(client: ModelClient, id: KnownId, settings: Settings): string {
  const pcId = id.kind === 'marketingCloudVisitorId' ? client.ecids.get(id.value) : undefined;
  const key = pcId === undefined ? identity(id, settings) : `pcId ${pcId}`;
  return client.links.get(key) ?? key;
}

/** life-sliding, life-api-touch, our-lifetime-touch: whether a write counts as activity is a setting. */
function touch(profile: ModelProfile, settings: Settings, now: number): void {
  if (settings.lifetimeRestartsOn === 'any-write') profile.activeAt = now;
}

/** our-location-hint, key-pcid-hint: `X.28_20` is X, unless the hint is read as part of the id. */
export function identity(id: KnownId, settings: Settings): string {
  const isHinted = id.kind === 'pcId' && settings.locationHint === 'same-profile';
  return `${id.kind} ${isHinted ? id.value.replace(/(?<=.)\.\d+(_\d+)?$/s, '') : id.value}`;
}

function result(outcome: RowOutcome, rule: RuleId): RowResult {
  return { outcome, rule, column: undefined, notes: [], overridden: [] };
}
