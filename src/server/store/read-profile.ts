/** Profiles as a fetch sees them: the visible attributes, in the order they were written. */
import type { Database } from 'better-sqlite3';
import { livesUntil } from '../../protocol/rules/lifetime.ts';
import type { KnownId, VisitorId } from '../../protocol/vocabulary/index.ts';
import type { AttributeNameTable } from './attribute-names.ts';
import { unescapeValue, visibleAttributes } from './attribute-record.ts';
import { sourceReader } from './attribute-source-table.ts';
import type { LivingClient } from './client-table.ts';
import { recordAddress } from './customer-records.ts';
import { nameMarks } from './name-marks.ts';
import type { ProfileHash } from './profile-key.ts';
import { profileFinder, type ProfileSlot, slotColumns } from './profile-table.ts';
import { activeAt, isAlive, modifiedAt } from './profile-times.ts';
import { recordScan } from './record-scan.ts';
import { seenAt, type Session, withSession } from './session-writes.ts';
import { recordStatements, statements } from './statements.ts';
import type {
  CustomerAttribute,
  CustomerRecord,
  Page,
  PageQuery,
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
  const selectStretchEnd = statements(database).pluck<[number], number>(
    `SELECT h FROM profile WHERE h > ? ORDER BY h LIMIT 1 OFFSET ${STRETCH_ROWS - 1}`,
  );
  const selectListed = recordStatements(database, slotColumns, 'FROM profile').select(
    'WHERE h > ? AND h <= ? AND generation = ? AND (kind = 1 OR kind = 0 AND linked IS NULL) ORDER BY h LIMIT ?',
  );

  const addressOf = ({ generation, settings }: LivingClient, id: KnownId) => ({
    generation,
    kind: id.kind,
    identity: identityOf(id, settings),
  });

  /** The other id: a thirdPartyId remembers the pcId it had last, which may be somebody else's by now. */
  const linkOf = (client: LivingClient, id: KnownId, slot: ProfileSlot): VisitorId | undefined => {
    if (id.kind === 'marketingCloudVisitorId') return holderOf(slot);
    if (slot.kind === 'pcId' || slot.linked === null) return undefined;
    if (id.kind === 'pcId') return { kind: 'thirdPartyId', value: slot.identity };
    const pcId: VisitorId = { kind: 'pcId', value: slot.linked };
    return finder.find(addressOf(client, pcId)).linked === slot.identity ? pcId : undefined;
  };

  /** `slot` as it is seen at `now`; afterwards it is the one that is scanned. */
  const profileOf = (client: LivingClient, id: KnownId, slot: ProfileSlot, now: number): StoredProfile | undefined => {
    scan.read(slot.record);
    if (!isAlive(slot, scan, now, client.settings)) return undefined;
    const { generation } = client;
    return {
      id,
      linked: linkOf(client, id, slot),
      modifiedAt: modifiedAt(slot, scan),
      attributes: attributesAt(visibleAttributes(scan, marks).filter(isOwn), generation),
      ...(scan.segmentCount > 0 && scan.isCustomers(0) && { customerAttributes: arrived(generation, now) }),
    };
  };

  const isOwn = (pair: number) => !scan.isCustomers(scan.segmentOf(pair));
  const allPairs = () => Array.from({ length: scan.pairCount }, (_, pair) => pair);

  /** Of those that Target is subscribed to, what has arrived. */
  const arrived = (generation: number, now: number): CustomerAttribute[] => {
    const said = customersOf(generation).filter((each) => each.modifiedAt <= now);
    if (said.length === 0) return [];
    const shown = new Set(sources.subscribed(generation).flatMap(({ names: each }) => each));
    return said.filter(({ name }) => shown.has(name)).map(inShort);
  };

  const customersOf = (generation: number) => {
    const said = allPairs().filter((pair) => !isOwn(pair));
    return attributesAt(said, generation);
  };

  const attributesAt = (pairs: readonly number[], generation: number): StoredAttribute[] => {
    const dictionary = names.of(generation);
    return pairs.map((pair) => {
      const segment = scan.segmentOf(pair);
      return {
        name: dictionary.nameOf(scan.nameOf(pair)),
        value: unescapeValue(scan.valueOf(pair)),
        modifiedAt: scan.timeOf(segment),
        layer: scan.isPending(segment) ? 'pending' : 'base',
        batch: scan.batchOf(segment) || undefined,
        row: scan.rowOf(segment) || undefined,
      };
    });
  };

  const writesOf = (generation: number, session: Session | undefined): StoredWrite[] => {
    const visible = new Set(visibleAttributes(scan, marks));
    const own = allPairs().filter(isOwn);
    const writes = attributesAt(own, generation).map((each, at) => ({ ...each, visible: visible.has(own[at]!) }));
    if (session === undefined) return writes;
    scan.read(withSession('', session));
    const waiting = attributesAt(allPairs(), generation);
    return [...writes, ...waiting.map((each) => ({ ...each, layer: 'session' as const, visible: false }))];
  };

  /** As the visitor's own call sees it: whom a call created lives in its session, until the store has them. */
  const ownView = (slot: ProfileSlot, now: number) => {
    const seen = seenAt(slot, now);
    if (seen.isUnborn !== true) return { seen, own: seen, at: now };
    const { endsAt } = seen.session!;
    return { seen, own: seenAt(slot, endsAt), at: endsAt };
  };

  return {
    one: (client: LivingClient, id: KnownId, now: number): StoredProfile | undefined =>
      profileOf(client, id, seenAt(finder.resolve(addressOf(client, id)), now), now),
    writes(client: LivingClient, id: KnownId, now: number): ProfileWrites | undefined {
      const slot = finder.resolve(addressOf(client, id));
      if (!slot.stored) return undefined;
      const { seen, own, at } = ownView(slot, now);
      const profile = profileOf(client, id, own, at);
      const active = activeAt(own, scan);
      if (profile === undefined) return { kind: 'expired', activeAt: active };
      scan.read(seen.record);
      const customers = customersOf(client.generation);
      const attributes = writesOf(client.generation, seen.session);
      const waits = seen.isUnborn === true && { waitsUntil: at };
      const lives = { livesUntil: livesUntil(active, client.settings), ...waits };
      return { ...profile, kind: 'profile', attributes, customers, ...lives };
    },
    customers(client: LivingClient, id: KnownId, now: number): readonly CustomerAttribute[] {
      const { own, at } = ownView(finder.resolve(addressOf(client, id)), now);
      scan.read(own.record);
      return isAlive(own, scan, at, client.settings) ? arrived(client.generation, at) : [];
    },
    /** What files said of a customer, seen or not. */
    record({ generation }: LivingClient, alias: string, customerId: string): CustomerRecord | undefined {
      const source = sources.find(generation, alias);
      const slot = source && finder.find(recordAddress(generation, source.id, wellFormed(customerId)));
      if (slot?.stored !== true || source?.isDeleted === true) return undefined;
      scan.read(slot.record);
      return { attributes: customersOf(generation).map(inShort) };
    },
    page(client: LivingClient, { limit, cursor, now }: PageQuery & { now: number }): Page<StoredProfile> {
      const after = cursor === undefined ? -1 : Number(cursor);
      const stretchEnd = selectStretchEnd.get(after);
      const found = selectListed.all(after, stretchEnd ?? Number.MAX_SAFE_INTEGER, client.generation, limit + 1);
      const listed = found.slice(0, limit);
      const items = listed
        .map((slot) => profileOf(client, holderOf(slot), seenAt(slot, now), now))
        .filter((profile) => profile !== undefined);
      const next = found.length > limit ? listed.at(-1)!.h : stretchEnd;
      return { items, next: next === undefined ? undefined : String(next) };
    },
  };
}

/** Rows that one page looks at, whoever they belong to. */
const STRETCH_ROWS = 100_000;

const inShort = ({ name, value, modifiedAt: at }: StoredAttribute) => ({ name, value, modifiedAt: at });

const holderOf = ({ kind, identity }: ProfileSlot): VisitorId => ({
  kind: kind === 'thirdPartyId' ? kind : 'pcId',
  value: identity,
});
