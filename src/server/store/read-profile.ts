/** Profiles as a fetch sees them: the visible attributes, in the order they were written. */
import type { Database } from 'better-sqlite3';
import { livesUntil } from '../../protocol/rules/lifetime.ts';
import type { KnownId, VisitorId } from '../../protocol/vocabulary/index.ts';
import { sourceReader } from './attribute-source-table.ts';
import type { AttributeNames, AttributeNameTable } from './attribute-names.ts';
import { recordAddress } from './customer-records.ts';
import { unescapeValue, visibleAttributes } from './attribute-record.ts';
import type { LivingClient } from './client-table.ts';
import { nameMarks } from './name-marks.ts';
import type { ProfileHash } from './profile-key.ts';
import { PROFILE_COLUMNS, profileFinder, type ProfileRow, type ProfileSlot, storedSlot } from './profile-table.ts';
import { activeAt, isAlive, modifiedAt } from './profile-times.ts';
import { recordScan } from './record-scan.ts';
import { seenAt, type Session, withSession } from './session-writes.ts';
import type {
  CustomerAttribute,
  CustomerRecord,
  Page,
  ProfileWrites,
  StoredAttribute,
  StoredProfile,
  StoredWrite,
} from './store.ts';
import { identityOf, wellFormed } from './well-formed.ts';

export function profileReader(database: Database, names: AttributeNameTable, hash: ProfileHash) {
  const finder = profileFinder(database, hash);
  const sources = sourceReader(database);
  const scan = recordScan();
  const marks = nameMarks();
  // All clients share one table: a page looks at a bounded stretch of it and says where the next one begins.
  const selectStretchEnd = database
    .prepare<[number], number>(`SELECT h FROM profile WHERE h > ? ORDER BY h LIMIT 1 OFFSET ${STRETCH_ROWS - 1}`)
    .pluck();
  const selectListed = database
    .prepare<[number, number, number, number], ProfileRow>(
      `SELECT ${PROFILE_COLUMNS} FROM profile
       WHERE h > ? AND h <= ? AND generation = ? AND (kind = 1 OR kind = 0 AND linked IS NULL) ORDER BY h LIMIT ?`,
    )
    .raw();

  const addressOf = ({ generation, settings }: LivingClient, id: KnownId) => ({
    generation,
    kind: id.kind,
    identity: identityOf(id, settings),
  });

  /** The other id: a thirdPartyId remembers the pcId it had last, which may be somebody else's by now. */
  const linkOf = (client: LivingClient, id: KnownId, slot: ProfileSlot): VisitorId | undefined => {
    if (id.kind === 'marketingCloudVisitorId') return { kind: holderKind(slot), value: slot.identity };
    if (slot.kind === 'pcId' || slot.linked === null) return undefined;
    if (id.kind === 'pcId') return { kind: 'thirdPartyId', value: slot.identity };
    const pcId: VisitorId = { kind: 'pcId', value: slot.linked };
    return finder.find(addressOf(client, pcId)).linked === slot.identity ? pcId : undefined;
  };

  const profileOf = (client: LivingClient, id: KnownId, row: ProfileSlot, now: number): StoredProfile | undefined => {
    const slot = seenAt(row, now);
    scan.read(slot.record);
    if (!isAlive(slot, scan, now, client.settings)) return undefined;
    return {
      id,
      linked: linkOf(client, id, slot),
      modifiedAt: modifiedAt(slot, scan),
      attributes: attributesOf(client.generation),
      ...(scan.segmentCount > 0 && scan.isCustomers(0) && { customerAttributes: arrived(client.generation, now) }),
    };
  };

  const attributesOf = (generation: number): StoredAttribute[] => {
    const dictionary = names.of(generation);
    let segment = 0;
    return visibleAttributes(scan, marks).flatMap((pair) => {
      while (pair >= scan.firstPair(segment + 1)) segment += 1;
      return scan.isCustomers(segment) ? [] : [attributeAt(pair, segment, dictionary)];
    });
  };

  /** Of those that Target is subscribed to, what has arrived. */
  const arrived = (generation: number, now: number): CustomerAttribute[] => {
    const shown = new Set(sources.subscribed(generation).flatMap(({ names: each }) => each));
    return customersOf(generation, now).flatMap(({ name, value, modifiedAt: at }) =>
      shown.has(name) ? [{ name, value, modifiedAt: at }] : [],
    );
  };

  const customersOf = (generation: number, now: number): StoredAttribute[] => {
    const dictionary = names.of(generation);
    const found: StoredAttribute[] = [];
    for (let segment = 0; segment < scan.segmentCount && scan.isCustomers(segment); segment += 1) {
      for (let pair = scan.firstPair(segment); pair < scan.firstPair(segment + 1); pair += 1) {
        const attribute = attributeAt(pair, segment, dictionary);
        if (attribute.modifiedAt <= now) found.push(attribute);
      }
    }
    return found;
  };

  const attributeAt = (pair: number, segment: number, dictionary: AttributeNames) => ({
    name: dictionary.nameOf(scan.nameOf(pair)),
    value: unescapeValue(scan.valueOf(pair)),
    modifiedAt: scan.timeOf(segment),
    layer: scan.isPending(segment) ? ('pending' as const) : ('base' as const),
    batch: scan.batchOf(segment) || undefined,
    row: scan.rowOf(segment) || undefined,
  });

  const writesOf = (generation: number, session: Session | undefined): StoredWrite[] => {
    const dictionary = names.of(generation);
    const visible = new Set(visibleAttributes(scan, marks));
    const writes: StoredWrite[] = [];
    for (let segment = 0; segment < scan.segmentCount; segment += 1) {
      if (scan.isCustomers(segment)) continue;
      for (let pair = scan.firstPair(segment); pair < scan.firstPair(segment + 1); pair += 1) {
        writes.push({ ...attributeAt(pair, segment, dictionary), visible: visible.has(pair) });
      }
    }
    if (session === undefined) return writes;
    scan.read(withSession('', session));
    for (let pair = 0; pair < scan.pairCount; pair += 1)
      writes.push({ ...attributeAt(pair, 0, dictionary), layer: 'session', visible: false });
    return writes;
  };

  return {
    one(client: LivingClient, id: KnownId, now: number): StoredProfile | undefined {
      const slot = finder.resolve(addressOf(client, id));
      return profileOf(client, id, slot, now);
    },
    writes(client: LivingClient, id: KnownId, now: number): ProfileWrites | undefined {
      const slot = finder.resolve(addressOf(client, id));
      if (!slot.stored) return undefined;
      const { session, isUnborn, record } = seenAt(slot, now);
      // Whom a call created lives in its session, until the store has them.
      const profile = profileOf(client, id, slot, isUnborn === true ? session!.endsAt : now);
      const active = seenAt(slot, Infinity).activeAt ?? activeAt(slot, scan);
      if (profile === undefined) return { kind: 'expired', activeAt: active };
      scan.read(record);
      const customers = customersOf(client.generation, Infinity);
      const attributes = writesOf(client.generation, session);
      return { ...profile, kind: 'profile', attributes, customers, livesUntil: livesUntil(active, client.settings) };
    },
    /** What files said of a customer, seen or not. */
    record({ generation }: LivingClient, alias: string, customerId: string): CustomerRecord | undefined {
      const source = sources.find(generation, alias);
      const slot = source && finder.find(recordAddress(generation, source.id, wellFormed(customerId)));
      if (slot?.stored !== true || source?.isDeleted === true) return undefined;
      scan.read(slot.record);
      const said = customersOf(generation, Infinity);
      return { attributes: said.map(({ name, value, modifiedAt: at }) => ({ name, value, modifiedAt: at })) };
    },
    page(
      client: LivingClient,
      { limit, cursor, now }: { limit: number; cursor?: string; now: number },
    ): Page<StoredProfile> {
      const after = cursor === undefined ? -1 : Number(cursor);
      const stretchEnd = selectStretchEnd.get(after);
      const rows = selectListed.all(after, stretchEnd ?? Number.MAX_SAFE_INTEGER, client.generation, limit + 1);
      const listed = rows.slice(0, limit);
      const items = listed
        .map(storedSlot)
        .map((slot) => profileOf(client, { kind: holderKind(slot), value: slot.identity }, slot, now))
        .filter((profile) => profile !== undefined);
      const next = rows.length > limit ? listed.at(-1)![0] : stretchEnd;
      return { items, next: next === undefined ? undefined : String(next) };
    },
  };
}

/** Rows that one page looks at, whoever they belong to. */
const STRETCH_ROWS = 100_000;

const holderKind = ({ kind }: ProfileSlot) => (kind === 'thirdPartyId' ? kind : 'pcId');
