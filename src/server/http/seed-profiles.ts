/** Profiles that shall exist before anything happens, as the store takes them. */
import { emptyIgnored } from '../../protocol/rules/index.ts';
import type { ClientCode, VisitorId } from '../../protocol/vocabulary/index.ts';
import type { AttributeWrite } from '../store/store.ts';

/** A profile to start with: one id, and attributes for the base layer. */
export interface SeedProfile {
  readonly id: VisitorId;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Empty values are ignored here as everywhere. */
export function seedWrites(client: ClientCode, profiles: readonly SeedProfile[], now: number): AttributeWrite[] {
  return profiles.map(({ id, attributes }) => ({
    client,
    id,
    attributes: Object.entries(attributes).flatMap(([name, value]) =>
      emptyIgnored.decide(value) ? [] : { name, value },
    ),
    now,
  }));
}
