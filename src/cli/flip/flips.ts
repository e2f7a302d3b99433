/** Which readings can be flipped, and to what: every other value of every setting. */
import { allRules } from '../../protocol/rules/index.ts';
import type { Settings } from '../../protocol/vocabulary/index.ts';
import type { Field } from '../schema-fields.ts';

/** One reading in place of the default. */
export interface Flip {
  readonly name: keyof Settings;
  readonly value: Settings[keyof Settings];
}

/** The longest lifetime that the documents name (life-14d): the one other value worth a run. */
const OTHER_NUMBERS: Partial<Settings> = { profileLifetimeDays: 90 };

/** In the order of the settings; `base` is what the command is run with otherwise. */
export function allFlips(fields: readonly Field[], base: Settings): readonly Flip[] {
  return fields.flatMap((field) => {
    const name = field.name as keyof Settings;
    const other = OTHER_NUMBERS[name];
    const values =
      field.kind === 'choice' ? field.choices.map((choice) => valueOf(field, choice)) : [other ?? base[name]];
    return values.filter((value) => value !== base[name]).map((value) => ({ name, value }));
  });
}

function valueOf({ default: fallback }: Field, choice: string): Flip['value'] {
  return (typeof fallback === 'number' ? Number(choice) : choice) as Flip['value'];
}

/** Every two that are about different readings. */
export function pairsOf(flips: readonly Flip[]): readonly (readonly [Flip, Flip])[] {
  return flips.flatMap((first, at) =>
    flips.slice(at + 1).flatMap((second) => (first.name === second.name ? [] : [[first, second] as const])),
  );
}

export function settingsOfFlips(flips: readonly Flip[]): Partial<Settings> {
  return Object.fromEntries(flips.map(({ name, value }) => [name, value]));
}

/** The rules that a reading decides, with where they come from. */
export function rulesOf(name: keyof Settings): readonly { readonly id: string; readonly source: string }[] {
  return allRules()
    .filter(({ setting }) => setting === name)
    .map(({ id, source }) => ({ id, source }));
}
