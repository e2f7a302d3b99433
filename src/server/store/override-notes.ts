/** Gathers what the rows of one slice took away of earlier batches. Bounded by the rows of a slice. */
import type { AttributeNames } from './attribute-names.ts';
import type { LostUpdate } from './lost-updates.ts';
import { firstRows, OVERRIDDEN_ATTRIBUTES_MAX, type OverrideTally } from './override-table.ts';
import type { OverriddenRow } from './store.ts';

export interface OverrideNotes {
  note(row: number, id: string, lost: readonly LostUpdate[]): void;
  tallies(): readonly OverrideTally[];
}

export function overrideNotes(names: AttributeNames): OverrideNotes {
  const byBatch = new Map<number, OverriddenRow[]>();

  return {
    note(row, id, lost) {
      for (const batch of new Set(lost.map((update) => update.batch))) {
        const attributes = lost
          .filter((update) => update.batch === batch)
          .flatMap((update) => update.names.map((name) => ({ name: names.nameOf(name), row: update.row })));
        const noted: OverriddenRow = { row, id, attributes: attributes.slice(0, OVERRIDDEN_ATTRIBUTES_MAX) };
        const rows = byBatch.get(batch);
        if (rows === undefined) byBatch.set(batch, [noted]);
        else rows.push(noted);
      }
    },
    tallies: () => Array.from(byBatch, ([batch, rows]) => ({ batch, count: rows.length, first: firstRows(rows) })),
  };
}
