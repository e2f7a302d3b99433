/** Holds what each way has brought against the others, visitor by visitor and attribute by attribute. */
import { refusedId } from '../protocol/rules/index.ts';
import type { RuleId, Settings, VisitorId } from '../protocol/vocabulary/index.ts';
import type { Emulator } from '../server/index.ts';
import { type ComparedVisitor, eachWay, type Pause } from './compare-rows.ts';
import type { AttributeDifference, EachWay, ProfileDifference, Way } from './comparison.ts';

/** What one way has of visitors. */
export interface Holder {
  /** Undefined where it has nothing of the visitor. */
  readonly attributesOf: (id: VisitorId) => readonly HeldAttribute[] | undefined;
  /** The rule behind an attribute, or behind its absence; undefined where it is that of the visitor's last row. */
  readonly ruleOf: (id: VisitorId, name: string) => RuleId | undefined;
}

export type HeldAttribute = Readonly<{ name: string; value: string; layer?: string | undefined }>;

/** Some 10 ms where they have many attributes. */
const VISITORS_PER_PAUSE = 100;

export async function compareProfiles(
  holders: EachWay<Holder>,
  visitors: Iterable<ComparedVisitor>,
  illegalIds: Settings['illegalIds'],
  differencesMax: number,
  pause: Pause,
) {
  const first: ProfileDifference[] = [];
  let count = 0;
  let pending = 0;
  let compared = 0;
  for (const { id, rules } of visitors) {
    compared += 1;
    if (compared % VISITORS_PER_PAUSE === 0) await pause();
    if (refusedId(id.kind, id.value, illegalIds) !== undefined) continue;
    const held = eachWay(holders, (holder) => holder.attributesOf(id));
    if (held.v2?.some(({ layer }) => layer === 'pending') === true) pending += 1;
    const names = differingNames(held);
    const exists = eachWay(held, (attributes) => attributes !== undefined);
    if (names.length === 0 && new Set(Object.values(exists)).size === 1) continue;
    count += 1;
    if (first.length >= differencesMax) continue;
    const attributes = names.map((name): AttributeDifference => {
      const values = eachWay(held, (all) => valueOf(all, name) ?? null);
      const isRemoved = holders.customerAttributes?.ruleOf(id, name) === 'ca-null-removes';
      const otherwise = (way: Way) => (isRemoved && values[way] !== null ? 'empty-ignored' : (rules[way] ?? null));
      return { name, ...values, rules: eachWay(holders, ({ ruleOf }, way) => ruleOf(id, name) ?? otherwise(way)) };
    });
    first.push({ id: id.value, exists, attributes });
  }
  return { differing: { count, first }, pending };
}

/** Of one version of the bulk API. */
export const profilesOf = (emulator: Emulator, client: string): Holder => ({
  attributesOf: (id) => emulator.profile(client, id)?.attributes,
  ruleOf(id, name) {
    const explained = emulator.explain(client, id, name);
    if (explained?.kind !== 'profile') return undefined;
    return explained.attributes.find(({ visible }) => visible)?.rule;
  },
});

/** In the order v2 holds them, then what only the others have. */
function differingNames(held: EachWay<readonly HeldAttribute[] | undefined>): readonly string[] {
  const { v1 = [], v2 = [], customerAttributes = [] } = held;
  const names = [...v2, ...v1, ...customerAttributes].map(({ name }) => name);
  const ways = Object.values(held);
  return [...new Set(names)].filter((name) => new Set(ways.map((way) => valueOf(way, name))).size > 1);
}

const valueOf = (attributes: readonly HeldAttribute[] | undefined, name: string): string | undefined =>
  attributes?.find((attribute) => attribute.name === name)?.value;
