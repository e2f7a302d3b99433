/** Which readings can be flipped, and to what: every other value of every setting. */
import { allRules } from '../../protocol/rules/index.ts';
import type { Settings } from '../../protocol/vocabulary/index.ts';
import { type Field, fieldValue } from '../schema-fields.ts';

/** One reading in place of the default. */
export interface Flip {
  readonly name: keyof Settings;
  readonly value: Settings[keyof Settings];
}

/** `consecutiveV2: replace-record` */
export const flipName = ({ name, value }: Flip): string => `${name}: ${value}`;

/** The longest lifetime that the documents name (life-14d): the one other value worth a run. */
const OTHER_NUMBERS: Partial<Settings> = { profileLifetimeDays: 90 };

/** In the order of the settings; `base` is what the command is run with otherwise. */
export function allFlips(fields: readonly Field[], base: Settings): readonly Flip[] {
  return fields.flatMap((field) => {
    const name = field.name as keyof Settings;
    const choices = field.choices.map((choice) => fieldValue(field, choice) as Flip['value']);
    return [...choices, OTHER_NUMBERS[name]].flatMap((value) =>
      value === undefined || value === base[name] ? [] : { name, value },
    );
  });
}

/** Every two that are about different readings. */
export function pairsOf(flips: readonly Flip[]): readonly (readonly [Flip, Flip])[] {
  return flips.flatMap((first, at) =>
    flips.slice(at + 1).flatMap((second) => (first.name === second.name ? [] : [[first, second] as const])),
  );
}

/** The rules that a reading decides, with where they come from. */
export const rulesOf = (name: keyof Settings) =>
  allRules().flatMap(({ id, source, setting }) => (setting === name ? [{ id, source }] : []));
