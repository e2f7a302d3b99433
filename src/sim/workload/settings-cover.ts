/** A covering array over READINGS: any two values of any two readings stand together in at least one row (tested). */
import { DEFAULT_SETTINGS } from '../../protocol/vocabulary/index.ts';
import type { Settings } from '../../protocol/vocabulary/index.ts';
import { READINGS } from './settings.ts';

/** The first row is the defaults themselves; with a new reading or value the others come out anew. */
export const SETTINGS_COVER: readonly Settings[] = coveringRows().map((row) => ({ ...DEFAULT_SETTINGS, ...row }));

type Choice = readonly [name: string, value: unknown];

/** Greedy: each row begins with a pair that no row has yet, and goes on with what closes most of the others. */
function coveringRows(): readonly object[] {
  const choices = Object.entries(READINGS).map(([name, values]) => values.map((value): Choice => [name, value]));
  const open = new Map<string, readonly [Choice, Choice]>();
  for (const [index, ones] of choices.entries()) {
    for (const one of ones)
      for (const other of choices.slice(index + 1).flat()) open.set(pair(one, other), [one, other]);
  }
  const rows: object[] = [];
  let row = choices.map(([first]) => first!);
  for (;;) {
    for (const one of row) for (const other of row) open.delete(pair(one, other));
    rows.push(Object.fromEntries(row));
    const [next] = open.values();
    if (next === undefined) return rows;
    row = [...next];
    for (const values of choices) {
      if (row.some(([name]) => name === values[0]![0])) continue;
      const closes = (value: Choice) => row.filter((chosen) => open.has(pair(chosen, value))).length;
      const waits = (value: Choice) => [...open.values()].filter((both) => both.includes(value)).length;
      row.push(values.toSorted((one, other) => closes(other) - closes(one) || waits(other) - waits(one))[0]!);
    }
  }
}

function pair(one: Choice, other: Choice): string {
  return [one, other].map(String).toSorted().join(' ');
}
