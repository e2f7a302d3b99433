/**
 * The profile table as a slice uses it. Rows come nearly in the order of the table, so new profiles need hardly a lookup,
 * and are inserted many at a time. Any other order is as right, and slower.
 */
import type { Database } from 'better-sqlite3';
import { type Bound, statements } from './statements.ts';
import {
  KIND_NUMBERS,
  type ProfileAddress,
  type ProfileContent,
  type ProfileSlot,
  type ProfileTable,
  vacantSlot,
} from './profile-table.ts';

export type OrderedProfiles = ReturnType<typeof orderedProfiles>;

export function orderedProfiles(database: Database, profiles: ProfileTable) {
  const { prepare, pluck } = statements(database);
  const selectNext = pluck<[number], number>('SELECT h FROM profile WHERE h > ? ORDER BY h LIMIT 1');
  const insertMany = prepare<[readonly Bound[]]>(
    `INSERT INTO profile (h, generation, kind, key, record) VALUES ${'(?, ?, ?, ?, ?), '.repeat(WAITING_MAX - 1)}(?, ?, ?, ?, ?)`,
  );

  /** Nobody lies between these places, themselves left out. */
  let gapStart = Infinity;
  let gapEnd = Infinity;
  /** A gap that covered no row is the last that is asked for in its slice. */
  let isGapWorthIt = true;

  /** New rows. Whoever is looked up behind `lastWaiting` cannot be among them, nor meet one by probing. */
  const slots: ProfileSlot[] = [];
  const contents: ProfileContent[] = [];
  let lastWaiting = -1;
  const values: Bound[] = [];

  /** Before a slice ends. */
  const flush = () => {
    if (slots.length < WAITING_MAX) {
      slots.forEach((slot, index) => profiles.write(slot, contents[index]!));
    } else {
      let at = 0;
      for (const [index, { h, generation, kind, identity }] of slots.entries()) {
        values[at++] = h;
        values[at++] = generation;
        values[at++] = KIND_NUMBERS[kind];
        values[at++] = identity;
        values[at++] = contents[index]!.record;
      }
      insertMany.run(values);
    }
    forget();
  };

  const forget = () => {
    slots.length = 0;
    contents.length = 0;
    lastWaiting = -1;
  };

  return {
    /** Before a slice: others may have written since, or the one before failed. */
    begin(): void {
      forget();
      gapStart = Infinity;
      gapEnd = Infinity;
      isGapWorthIt = true;
    },
    resolve(address: ProfileAddress, hash?: number): ProfileSlot {
      if (hash === undefined || hash <= lastWaiting) flush();
      if (hash !== undefined && hash > gapStart && hash < gapEnd) {
        isGapWorthIt = true;
        return vacantSlot(address, hash);
      }
      const slot = profiles.find(address, hash);
      if (slot.kind === 'pcId' && slot.linked !== null) {
        // An alias leads anywhere.
        flush();
        return profiles.resolve(address, hash);
      }
      if (!slot.stored && isGapWorthIt) {
        isGapWorthIt = false;
        gapStart = slot.h;
        gapEnd = selectNext.get(slot.h) ?? Infinity;
      }
      return slot;
    },
    write(slot: ProfileSlot, content: ProfileContent): void {
      if (!slot.stored) gapStart = Math.max(gapStart, slot.h);
      if (slot.stored || content.modifiedAt !== null || content.activeAt !== null) {
        profiles.write(slot, content);
        return;
      }
      slots.push(slot);
      contents.push(content);
      lastWaiting = Math.max(lastWaiting, slot.h);
      if (slots.length === WAITING_MAX) flush();
    },
    flush,
  };
}

/** Rows of one INSERT; more at a time were not faster. */
const WAITING_MAX = 32;
