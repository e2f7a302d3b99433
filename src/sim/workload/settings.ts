/** Readings to test under: any, or each of a set in which every two values of two readings meet. */
import fc, { type Arbitrary } from 'fast-check';
import { DEFAULT_SETTINGS, SETTINGS, type Settings } from '../../protocol/vocabulary/index.ts';

const NOT_TRIED = [
  ...(['rateLimit', 'rateKey', 'singleUpdatesPerDay', 'attributeFiles', 'clientMismatch', 'linkHost'] as const),
  ...(['sizeLimit', 'contentTypes', 'authentication'] as const),
];

export type Reading = Exclude<keyof Settings, (typeof NOT_TRIED)[number]>;

/**
 * Every reading that changes what a batch does or how a reply looks, with the values worth trying; the default first. Left out is
 * what would end a sequence at some call, makes files wait, is about host names or sizes, or has laws of its own (tokens.law.test.ts).
 */
export const READINGS = Object.fromEntries<unknown>(
  Object.entries(SETTINGS)
    .filter(([name]) => !NOT_TRIED.some((each) => each === name))
    .map(([name, setting]) => [name, 'values' in setting ? setting.values : [setting.fallback, 1, 90]]),
) as { readonly [Name in Reading]: readonly Settings[Name][] };

/**
 * Any combination of `READINGS`; shrinks towards the defaults.
 *
 * @example
 * fc.assert(fc.asyncProperty(anySettings(), validBatchFile(), async (settings, file) => holds(file, settings)));
 */
export function anySettings(): Arbitrary<Settings> {
  const readings = Object.entries(READINGS).map(([name, values]) => [name, fc.constantFrom<unknown>(...values)]);
  return fc.record<object>(Object.fromEntries(readings)).map((chosen) => ({ ...DEFAULT_SETTINGS, ...chosen }));
}

/**
 * How settings differ from the defaults, in one line: what a failing law prints. `defaults` where they do not.
 *
 * @example
 * describeSettings({ ...DEFAULT_SETTINGS, body: 'form' }); // body=form
 */
export function describeSettings(settings: Settings): string {
  const changed = Object.entries(settings).filter(([name, value]) => DEFAULT_SETTINGS[name as Reading] !== value);
  return changed.length === 0 ? 'defaults' : changed.map(([name, value]) => `${name}=${value}`).join(' ');
}

/**
 * A covering array over READINGS: any two values of any two readings stand together in at least one row (tested). The first row
 * is the defaults themselves; with a new reading or value the others come out anew.
 */
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
