/** Holds the profiles of both versions against each other, attribute by attribute. */
import { refusedId } from '../protocol/rules/index.ts';
import type { Api, RuleId, VisitorId } from '../protocol/vocabulary/index.ts';
import type { Emulator, StoredProfile } from '../server/index.ts';
import type { AttributeDifference, ProfileDifference } from './comparison.ts';
import type { ComparedVisitor } from './compare-rows.ts';

export function compareProfiles(
  emulator: Emulator,
  clients: Readonly<Record<Api, string>>,
  visitors: Iterable<ComparedVisitor>,
  differencesMax: number,
) {
  const first: ProfileDifference[] = [];
  let count = 0;
  let pending = 0;
  const illegalIds = emulator.settings(clients.v1)?.illegalIds ?? 'fail';
  for (const { id, rules } of visitors) {
    if (refusedId(id.kind, id.value, illegalIds) !== undefined) continue;
    const profiles = { v1: emulator.profile(clients.v1, id), v2: emulator.profile(clients.v2, id) };
    if (profiles.v2?.attributes.some(({ layer }) => layer === 'pending') === true) pending += 1;
    const names = differingNames(profiles);
    const exists = { v1: profiles.v1 !== undefined, v2: profiles.v2 !== undefined };
    if (names.length === 0 && exists.v1 === exists.v2) continue;
    count += 1;
    if (first.length >= differencesMax) continue;
    const ruleOf = (api: Api, name: string) => writingRule(emulator, clients[api], id, name) ?? rules[api];
    first.push({
      id: id.value,
      exists,
      attributes: names.map((name): AttributeDifference => ({
        name,
        v1: valueOf(profiles.v1, name) ?? null,
        v2: valueOf(profiles.v2, name) ?? null,
        rules: { v1: ruleOf('v1', name), v2: ruleOf('v2', name) },
      })),
    });
  }
  return { differing: { count, first }, pending };
}

type Profiles = Readonly<Record<Api, StoredProfile | undefined>>;

/** In the order v2 holds them, then what only v1 has. */
function differingNames({ v1, v2 }: Profiles): readonly string[] {
  const names = [...(v2?.attributes ?? []), ...(v1?.attributes ?? [])].map(({ name }) => name);
  return [...new Set(names)].filter((name) => valueOf(v1, name) !== valueOf(v2, name));
}

function valueOf(profile: StoredProfile | undefined, name: string): string | undefined {
  return profile?.attributes.find((attribute) => attribute.name === name)?.value;
}

/** Undefined where no batch wrote the attribute. */
function writingRule(emulator: Emulator, client: string, id: VisitorId, name: string): RuleId | undefined {
  const explained = emulator.explain(client, id, name);
  if (explained?.kind !== 'profile') return undefined;
  return explained.attributes.find(({ visible }) => visible)?.rule;
}
