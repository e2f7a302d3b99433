/** Finds and writes profile rows by hash: the next place is tried where the hashed one is somebody else's. */
import type { Database } from 'better-sqlite3';
import { type FieldsOf, flag, plain } from './columns.ts';
import type { ProfileHash, RowKind } from './profile-key.ts';
import { insertion, recordStatements, statements } from './statements.ts';

/** Numbers are stored: a row's kind is its place here. */
const KINDS: readonly RowKind[] = ['pcId', 'thirdPartyId', 'marketingCloudVisitorId', 'customerRecord'];
export const KIND_NUMBERS = Object.fromEntries(KINDS.map((kind, number) => [kind, number])) as Record<RowKind, number>;

export const slotColumns = {
  h: plain<number>('h'),
  generation: plain<number>('generation'),
  kind: { sql: 'kind', of: (stored: number): RowKind => KINDS[stored]! },
  /** What rule our-location-hint makes of an id. */
  identity: plain<string>('key'),
  modifiedAt: plain<number | null>('modified_at'),
  activeAt: plain<number | null>('active_at'),
  linked: plain<string | null>('linked'),
  record: plain<string>('record'),
  /** There is a row; its lifetime may be over all the same. */
  stored: flag('1'),
};

/** A row, or the place where it would be. */
export interface ProfileSlot extends FieldsOf<typeof slotColumns> {}

/** Whose profile. */
export type ProfileAddress = Pick<ProfileSlot, 'generation' | 'kind' | 'identity'>;

/** What a write leaves in a row. Times are null where the record's last time says the same. */
export type ProfileContent = Pick<ProfileSlot, 'modifiedAt' | 'activeAt' | 'record'>;

export type ProfileTable = ReturnType<typeof profileTable>;

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
  const { pluck } = statements(database);
  // Nearly every row is of this kind, and a statement of one column costs half of one of eight.
  const selectPlain = pluck<[number, string, number, number], string>(
    `SELECT record FROM profile WHERE h = ? AND key = ? AND generation = ? AND kind = ?
     AND modified_at IS NULL AND active_at IS NULL AND linked IS NULL`,
  );
  const { select } = recordStatements(database, slotColumns, 'FROM profile');
  const selectSlot = select('WHERE h = ?');

  /** `known` is the hash, where the caller has it. */
  const find = (address: ProfileAddress, known?: number): ProfileSlot => {
    const { generation, kind, identity } = address;
    let h = known ?? hash(generation, kind).ofText(identity);
    const record = selectPlain.get(h, identity, generation, KIND_NUMBERS[kind]);
    if (record !== undefined) return plainSlot(address, h, record);
    for (; ; h += 1) {
      const slot = selectSlot.get(h);
      if (slot === undefined) return vacantSlot(address, h);
      if (slot.generation === generation && slot.kind === kind && slot.identity === identity) return slot;
    }
  };

  return {
    find,
    /** Whoever lies there. */
    at: (h: number) => selectSlot.get(h),
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
  const { prepare } = statements(database);
  const insert = prepare(insertion('profile', 'h, generation, kind, key, modified_at, active_at, linked, record'));
  const update = prepare('UPDATE profile SET modified_at = ?, active_at = ?, record = ? WHERE h = ?');
  const updateRecord = prepare('UPDATE profile SET record = ? WHERE h = ?');
  const updateLink = prepare('UPDATE profile SET linked = ? WHERE h = ?');
  const remove = prepare('DELETE FROM profile WHERE h = ?');
  const move = prepare('UPDATE profile SET h = ? WHERE h = ?');
  const finder = profileFinder(database, hash);

  return {
    ...finder,
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
    /**
     * Takes out the rows of a run that are dead, from `start` on; returns the end of the run. Rows that lie next to each
     * other may have been probed past one another: so that none is cut off from the place its hash names, those that stay
     * are laid out anew.
     */
    clear(start: number, isDead: (h: number, generation: number) => boolean): number {
      for (let h = start; ; h += 1) {
        const slot = finder.at(h);
        if (slot === undefined) return h - 1;
        const { generation, kind, identity } = slot;
        if (isDead(h, generation)) remove.run(h);
        else moveForward(h, hash(generation, kind).ofText(identity));
      }
    },
  };

  /** To the first free place from the one its hash names. */
  function moveForward(h: number, home: number): void {
    let free = home;
    while (free < h && finder.at(free) !== undefined) free += 1;
    if (free < h) move.run(free, h);
  }
}
