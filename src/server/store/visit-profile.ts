/** What an mbox call does to profiles: creates what is missing, links its ids, folds pending attributes into the base. */
import { mrgMemory } from '../../protocol/rules/delivery.ts';
import type { KnownIdKind } from '../../protocol/vocabulary/index.ts';
import { foldRecord, markNames, ownStart, recordWithout } from './attribute-record.ts';
import type { LivingClient } from './client-table.ts';
import { nameMarks } from './name-marks.ts';
import type { ProfileSlot, ProfileTable } from './profile-table.ts';
import { isAlive, modifiedAt, storedTimes } from './profile-times.ts';
import { recordScan } from './record-scan.ts';
import { joinedPairs, pairsWithout, seenAt, type Session, settledRecord, withSession } from './session-writes.ts';
import type { Visit, VisitResult } from './store.ts';
import { identityOf } from './well-formed.ts';

/** A profile as far as a visit needs it; a dead one is empty. */
interface Held {
  readonly slot: ProfileSlot;
  readonly alive: boolean;
  /** For others than visits too. */
  readonly isBorn: boolean;
  readonly record: string;
  readonly modifiedAt: number;
  readonly session: Session | undefined;
}

/** `onLinked`: a pcId became an alias, and rows that name one may now mean the profile of another. */
export function visitor(profiles: ProfileTable, onLinked: (generation: number) => void) {
  const scan = recordScan();
  const otherScan = recordScan();
  const marks = nameMarks();

  const visitByPcId = (visit: Visit, who: LivingClient): VisitResult => {
    // mrg-create-tnt: without any id the visitor gets a new one.
    const pcId = visit.pcId ?? visit.newPcId;
    const held = hold(profiles.resolve(addressOf(who, 'pcId', pcId)), visit.now, who);
    keep(held, visit.now, who);
    return { pcId, thirdPartyId: undefined, created: !held.alive };
  };

  const visitByThirdPartyId = (visit: Visit, thirdPartyId: string, who: LivingClient): VisitResult => {
    const third = profiles.find(addressOf(who, 'thirdPartyId', thirdPartyId));
    // mrg-map: known by the thirdPartyId alone, the visitor has the pcId it was last linked with, else a new one.
    const pcId = visit.pcId ?? third.linked ?? visit.newPcId;
    const alias = profiles.find(addressOf(who, 'pcId', pcId));
    // Whether a profile exists for the given pcId is asked before the link changes whose it is.
    const known = visit.pcId !== undefined && hold(profiles.resolve(alias), visit.now, who).alive;
    const ofThird = hold(third, visit.now, who);
    const own = alias.linked === null ? hold(alias, visit.now, who) : undefined;

    keep(own?.alive === true ? merged(ofThird, own) : ofThird, visit.now, who);
    link(third, alias, pcId, who.generation);
    return { pcId, thirdPartyId, created: !ofThird.alive && !known };
  };

  const addressOf = (who: LivingClient, kind: KnownIdKind, id: string) => ({
    generation: who.generation,
    kind,
    identity: identityOf({ kind, value: id }, who.settings),
  });

  const hold = (slot: ProfileSlot, now: number, who: LivingClient): Held => {
    const seen = seenAt(slot, now);
    scan.read(seen.record);
    const isBorn = isAlive(seen, scan, now, who.settings);
    const alive = isBorn || seen.isUnborn === true;
    if (!alive) return { slot, alive, isBorn, record: '', modifiedAt: now, session: undefined };
    const modified = isBorn ? modifiedAt(seen, scan) : now;
    return { slot, alive, isBorn, record: foldRecord(scan, marks), modifiedAt: modified, session: seen.session };
  };

  /** mrg-3rd-wins, in what the store has and in what waits. */
  const merged = (third: Held, own: Held): Held => {
    const winner = third.record + (third.session === undefined ? '' : withSession('', third.session));
    const moved = withoutNamesOf(own.record, winner);
    const born = third.isBorn ? Math.max(third.modifiedAt, newest(moved)) : own.modifiedAt;
    return {
      ...third,
      alive: true,
      isBorn: third.isBorn || own.isBorn,
      record: third.record + moved,
      modifiedAt: born,
      session: own.session === undefined ? third.session : joined(third, own.session),
    };
  };

  const joined = ({ record, session }: Held, { endsAt, pairs }: Session): Session => ({
    endsAt,
    pairs: joinedPairs(session?.pairs ?? '', pairsWithout(pairs, namesOf(record))),
  });

  /** life-sliding; mrg-memory: a call makes the session longer, or begins one where it creates somebody. */
  const keep = (
    { slot, isBorn, record, modifiedAt: modified, session }: Held,
    now: number,
    { settings }: LivingClient,
  ) => {
    const endsAt = mrgMemory.decide(now, settings.sessionWrites);
    const isUnborn = !isBorn && endsAt > now;
    const pairs = session?.pairs ?? (isUnborn ? '' : undefined);
    const waiting = withSession(record, pairs === undefined ? undefined : { endsAt, pairs });
    const kept = endsAt > now ? waiting : settledRecord(waiting);
    const time = isUnborn ? endsAt : kept === waiting || pairs === '' ? modified : now;
    profiles.write(slot, { ...storedTimes(kept, time, now), record: kept });
  };

  /** mrg-3rd-wins: what of `record` is no attribute of `winner`. */
  const withoutNamesOf = (record: string, winner: string): string => {
    // Customer attributes come anew with each call that names the customer.
    scan.read(record.slice(ownStart(record)));
    return recordWithout(scan, namesOf(winner));
  };

  const namesOf = (record: string) => {
    otherScan.read(record);
    return markNames(otherScan, marks);
  };

  const newest = (record: string): number => {
    scan.read(record);
    let time = 0;
    for (let segment = 0; segment < scan.segmentCount; segment += 1) time = Math.max(time, scan.timeOf(segment));
    return time;
  };

  /** key-one-customer-id: a pcId linked elsewhere is linked anew, and the other's data stay where they are. */
  const link = (third: ProfileSlot, alias: ProfileSlot, pcId: string, generation: number) => {
    // `third` has its row by now; the alias may lie in the place that was free when it was looked up.
    const stored = profiles.find(third);
    if (stored.linked !== pcId) profiles.writeLink(stored, pcId);
    if (alias.linked === third.identity) return;
    const place = profiles.find(alias);
    if (place.record !== '') profiles.write(place, { modifiedAt: null, activeAt: null, record: '' });
    profiles.writeLink(place, third.identity);
    onLinked(generation);
  };

  return (visit: Visit, who: LivingClient): VisitResult => {
    const { thirdPartyId, marketingCloudVisitorId } = visit;
    const ecid =
      marketingCloudVisitorId === undefined
        ? undefined
        : addressOf(who, 'marketingCloudVisitorId', marketingCloudVisitorId);
    // mrg-map: an ECID is that of a device, so the pcId it came with goes before the one that a customer had last.
    const pcId = visit.pcId ?? (ecid && profiles.find(ecid).linked) ?? undefined;
    const known = { ...visit, pcId };
    const visited =
      thirdPartyId === undefined ? visitByPcId(known, who) : visitByThirdPartyId(known, thirdPartyId, who);
    if (ecid === undefined) return visited;
    // A later call maps the ECID anew, and what is stored of its pcId before stays there.
    const slot = profiles.find(ecid);
    const { identity } = addressOf(who, 'pcId', visited.pcId);
    if (slot.linked !== identity) profiles.writeLink(slot, identity);
    return visited;
  };
}
