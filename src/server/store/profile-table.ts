/** Finds and writes profile rows by hash: the next place is tried where the hashed one is somebody else's. */
import type { Database } from 'better-sqlite3';
import type { ProfileHash, RowKind } from './profile-key.ts';

/** Whose profile: the identity is what rule our-location-hint makes of an id. */
export interface ProfileAddress {
  readonly generation: number;
  readonly kind: RowKind;
  readonly identity: string;
}

/** A row, or the place where it would be. */
export interface ProfileSlot extends ProfileAddress {
  readonly h: number;
  /** There is a row; its lifetime may be over all the same. */
  readonly stored: boolean;
  readonly modifiedAt: number | null;
  readonly activeAt: number | null;
  readonly linked: string | null;
  readonly record: string;
}

/** What a write leaves in a row. Times are null where the record's last time says the same. */
export interface ProfileContent {
  readonly modifiedAt: number | null;
  readonly activeAt: number | null;
  readonly record: string;
}

export type ProfileTable = ReturnType<typeof profileTable>;

const KINDS = [
  'pcId',
  'thirdPartyId',
  'marketingCloudVisitorId',
  'customerRecord',
] as const satisfies readonly RowKind[];
export const KIND_NUMBERS: Readonly<Record<RowKind, number>> = {
  pcId: 0,
  thirdPartyId: 1,
  marketingCloudVisitorId: 2,
  customerRecord: 3,
};
export const kindOfNumber = (kind: number): RowKind => KINDS[kind]!;

/** A row as `PROFILE_COLUMNS` list it. */
export type ProfileRow = [
  h: number,
  generation: number,
  kind: number,
  key: string,
  modifiedAt: number | null,
  activeAt: number | null,
  linked: string | null,
  record: string,
];
export const PROFILE_COLUMNS = 'h, generation, kind, key, modified_at, active_at, linked, record';

export function storedSlot([h, generation, kind, key, modifiedAt, activeAt, linked, record]: ProfileRow): ProfileSlot {
  return { generation, kind: kindOfNumber(kind), identity: key, h, stored: true, modifiedAt, activeAt, linked, record };
}

/** Of nearly every row, and with an empty record of the place where nobody lies. */
function plainSlot({ generation, kind, identity }: ProfileAddress, h: number, record: string | undefined): ProfileSlot {
  return {
    generation,
    kind,
    identity,
    h,
    stored: record !== undefined,
    modifiedAt: null,
    activeAt: null,
    linked: null,
    record: record ?? '',
  };
}

/** Where nobody lies: a profile of this address would. */
export const vacantSlot = (address: ProfileAddress, h: number): ProfileSlot => plainSlot(address, h, undefined);

export function profileFinder(database: Database, hash: ProfileHash) {
  // Nearly every row is of this kind, and a statement of one column costs half of one of eight.
  const selectPlain = database
    .prepare<[number, string, number, number], string>(
      `SELECT record FROM profile WHERE h = ? AND key = ? AND generation = ? AND kind = ?
       AND modified_at IS NULL AND active_at IS NULL AND linked IS NULL`,
    )
    .pluck();
  const select = database.prepare<[number], ProfileRow>(`SELECT ${PROFILE_COLUMNS} FROM profile WHERE h = ?`).raw();

  /** `known` is the hash, where the caller has it. */
  const find = (address: ProfileAddress, known?: number): ProfileSlot => {
    const { generation, kind, identity } = address;
    const kindNumber = KIND_NUMBERS[kind];
    let h = known ?? hash(generation, kind).ofText(identity);
    const plain = selectPlain.get(h, identity, generation, kindNumber);
    if (plain !== undefined) return plainSlot(address, h, plain);
    for (;;) {
      const row = select.get(h);
      if (row === undefined) return vacantSlot(address, h);
      if (row[1] === generation && row[2] === kindNumber && row[3] === identity) return storedSlot(row);
      h += 1;
    }
  };

  return {
    find,
    /** As `find`, but an ECID leads to its pcId, and a linked pcId to the profile of its thirdPartyId. */
    resolve(address: ProfileAddress, known?: number): ProfileSlot {
      const { generation } = address;
      let slot = find(address, known);
      if (slot.kind === 'marketingCloudVisitorId' && slot.linked !== null)
        slot = find({ generation, kind: 'pcId', identity: slot.linked });
      if (slot.kind !== 'pcId' || slot.linked === null) return slot;
      return find({ generation, kind: 'thirdPartyId', identity: slot.linked });
    },
  };
}

export function profileTable(database: Database, hash: ProfileHash) {
  const insert = database.prepare(
    'INSERT INTO profile (h, generation, kind, key, modified_at, active_at, linked, record) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const update = database.prepare('UPDATE profile SET modified_at = ?, active_at = ?, record = ? WHERE h = ?');
  const updateRecord = database.prepare('UPDATE profile SET record = ? WHERE h = ?');
  const updateLink = database.prepare('UPDATE profile SET linked = ? WHERE h = ?');

  return {
    ...profileFinder(database, hash),
    write(slot: ProfileSlot, { modifiedAt, activeAt, record }: ProfileContent): void {
      const { h, generation, kind, identity, linked } = slot;
      if (!slot.stored) {
        insert.run(h, generation, KIND_NUMBERS[kind], identity, modifiedAt, activeAt, linked, record);
      } else if (modifiedAt === slot.modifiedAt && activeAt === slot.activeAt) {
        updateRecord.run(record, h);
      } else {
        update.run(modifiedAt, activeAt, record, h);
      }
    },
    /** Inserts the row, empty, if there is none. */
    writeLink(slot: ProfileSlot, linked: string): void {
      const { h, generation, kind, identity } = slot;
      if (slot.stored) updateLink.run(linked, h);
      else insert.run(h, generation, KIND_NUMBERS[kind], identity, null, null, linked, '');
    },
  };
}
