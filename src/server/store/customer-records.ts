/** What files said of customers, whether or not Target has seen them: records written, and brought to those who come. */
import { caMatch3rd, caPreload } from '../../protocol/rules/customer-attributes.ts';
import { life14d } from '../../protocol/rules/lifetime.ts';
import type { AttributeNames, AttributeNameTable } from './attribute-names.ts';
import { ownStart, pairsOf, recordWithout, segmentHead, segmentOf, segmentStamp } from './attribute-record.ts';
import type { SourceTable } from './attribute-source-table.ts';
import type { LivingClient } from './client-table.ts';
import { nameMarks } from './name-marks.ts';
import type { OrderedProfiles } from './ordered-profiles.ts';
import { activeAt, modifiedAt, storedTimes } from './profile-times.ts';
import type { ProfileSlot, ProfileTable } from './profile-table.ts';
import type { BudgetKeeper } from './profile-writer.ts';
import { recordScan } from './record-scan.ts';
import { seenAt, withSession } from './session-writes.ts';
import type { Visit } from './store.ts';
import type { RecordSlice } from './sync-store.ts';
import { wellFormed } from './well-formed.ts';

/** Whose record, in the table of profiles: `source` is the number of the source. */
export const recordAddress = (generation: number, source: number, customerId: string) => ({
  generation,
  kind: 'customerRecord' as const,
  identity: `${source},${customerId}`,
});

/** Writes the rows of a slice, and makes the profiles of their customers live longer; returns how many records are new. */
export function recordWriter(profiles: OrderedProfiles) {
  const scan = recordScan();
  const marks = nameMarks();

  /** ca-lifetime: an upload extends the life of who is there. */
  const touch = (slot: ProfileSlot, now: number, settings: RecordSlice['settings']) => {
    const seen = seenAt(slot, now);
    scan.read(seen.record);
    const active = activeAt(seen, scan);
    if (active >= now || life14d.decide(active, now, settings)) return;
    const record = withSession(seen.record, seen.session);
    profiles.write(slot, { ...storedTimes(record, modifiedAt(seen, scan), now), record });
  };

  return (
    { generation, source, file, rows, now, settings }: RecordSlice,
    ids: readonly number[],
    names: AttributeNames,
  ) => {
    const stamp = segmentStamp(now, file);
    marks.clear();
    for (const id of ids) marks.add(id);
    let created = 0;
    profiles.begin();
    for (const { row, id, values, hash } of rows) {
      const profile = profiles.resolve({ generation, kind: 'thirdPartyId', identity: id }, hash);
      if (profile.stored) touch(profile, now, settings);
      const slot = profiles.resolve(recordAddress(generation, source, id), hash);
      scan.read(slot.record);
      // ca-null-removes: every attribute of the file goes, and those with a value come anew.
      const kept = recordWithout(scan, marks);
      const record = kept + segmentOf(segmentHead('customers', stamp, row), pairsOf(names, ids, values));
      if (!slot.stored) created += 1;
      profiles.write(slot, { ...(slot.stored || record === '' ? storedTimes(record, now, now) : NO_TIMES), record });
    }
    profiles.flush();
    return created;
  };
}

const NO_TIMES = { modifiedAt: null, activeAt: null };

interface Brought {
  readonly name: number;
  readonly value: string;
  readonly time: number;
  readonly batch: number;
  readonly row: number;
}

/** Brings a visitor's customer attributes, at the call that names the customer (ca-preload). */
export function attributeBringer(
  profiles: ProfileTable,
  sources: SourceTable,
  nameTable: AttributeNameTable,
  fit: BudgetKeeper,
) {
  const scan = recordScan();

  const read = (record: string): Brought[] => {
    scan.read(record);
    return Array.from({ length: scan.pairCount }, (_, pair) => {
      const at = scan.segmentOf(pair);
      const [time, batch, row] = [scan.timeOf(at), scan.batchOf(at), scan.rowOf(at)];
      return { name: scan.nameOf(pair), value: scan.valueOf(pair), time, batch, row };
    });
  };

  return ({ customer, now }: Visit, { generation, settings }: LivingClient, slot: ProfileSlot): void => {
    if (customer === undefined) return;
    const subscribed = sources.subscribed(generation);
    if (subscribed.length === 0) return;
    const names = nameTable.of(generation);
    const aliases = subscribed.map(({ alias }) => alias);
    const own = ownStart(slot.record);
    let held = read(slot.record.slice(0, own));
    for (const { id: source, alias, names: shown } of subscribed) {
      const customerId = caMatch3rd.decide(customer, alias, aliases);
      if (customerId === undefined) continue;
      const record = profiles.find(recordAddress(generation, source, wellFormed(customerId)));
      if (!record.stored) continue;
      const ids = new Set(shown.map(names.customersIdOf));
      const before = held.filter(({ name }) => ids.has(name));
      const after = read(record.record).filter(({ name }) => ids.has(name));
      if (valuesOf(before) === valuesOf(after)) continue;
      const delay = before.length === 0 ? caPreload.decide(settings.attributesArrive) : 0;
      const time = Math.max(now + delay, ...before.map((pair) => pair.time));
      held = [...held.filter(({ name }) => !ids.has(name)), ...after.map((pair) => ({ ...pair, time }))];
    }
    const brought = `${segmentsOf(held, names)}${slot.record.slice(own)}`;
    if (brought === slot.record) return;
    const record = fit(brought, names);
    scan.read(slot.record);
    profiles.write(slot, { ...storedTimes(record, modifiedAt(slot, scan), now), record });
  };
}

const valuesOf = (pairs: readonly Brought[]) =>
  pairs
    .map(({ name, value }) => `${name},${value}`)
    .toSorted()
    .join();

/** One for all attributes that came together. */
function segmentsOf(pairs: readonly Brought[], names: AttributeNames): string {
  const byHead = Map.groupBy(pairs, ({ time, batch, row }) => segmentHead('customers', segmentStamp(time, batch), row));
  const segments = Array.from(byHead, ([head, own]) =>
    segmentOf(head, own.map(({ name, value }) => names.prefixOf(name) + value).join('')),
  );
  return segments.join('');
}
