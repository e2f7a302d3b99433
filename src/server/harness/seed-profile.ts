/** A profile to start with, in every shape that people write it: in process, over HTTP, in a file. */
import { z } from 'zod';
import { emptyIgnored } from '../../protocol/rules/index.ts';
import type { ClientCode } from '../../protocol/vocabulary/index.ts';
import type { AttributeWrite } from '../store/store.ts';
import { isOpaque } from '../input-issues.ts';
import { type GivenVisitorId, namedIds, namedIdShape, type PlacedId, visitorIdKind } from './visitor-ids.ts';
import { once } from '../runtime/once.ts';
import { ISSUES_MAX } from './refusals.ts';

/**
 * A profile to start with: one id, and attributes for the base layer (none unless told; empty values are ignored).
 *
 * @example
 * const shapes: SeedProfile[] = [
 *   { thirdPartyId: 'C-1', attributes: { tier: 'gold' } },
 *   { pcId: '1767225600000-123456.28_0' },
 *   { id: { kind: 'thirdPartyId', value: 'C-2' }, attributes: { tier: 'silver' } },
 * ];
 */
export type SeedProfile = {
  readonly attributes?: Readonly<Record<string, string>> | undefined;
} & (
  | { readonly pcId: string }
  | { readonly thirdPartyId: string }
  | { readonly mbox3rdPartyId: string }
  | { readonly id: GivenVisitorId }
);

/** The same once judged; `id.place` is where the id stood. */
export interface JudgedProfile {
  readonly id: PlacedId;
  readonly attributes: Readonly<Record<string, string>>;
}

/** More than fit into the 64 KB of a profile, as attributes are in practice. */
const ATTRIBUTES_MAX = 4_096;

/** Not `z.record`, which leaves out a field named `__proto__`. */
const attributes = () =>
  z
    .unknown()
    .transform((input, context) => {
      const judged: Record<string, string> = Object.create(null);
      if (typeof input !== 'object' || input === null || Array.isArray(input) || isOpaque(input)) {
        context.addIssue({ code: 'custom', message: 'Must be an object of texts' });
        return judged;
      }
      const given = Object.entries(input);
      if (given.length > ATTRIBUTES_MAX) {
        context.addIssue({ code: 'custom', message: `Must be at most ${ATTRIBUTES_MAX} attributes` });
        return judged;
      }
      for (const [name, value] of given) {
        if (name === '') context.addIssue({ code: 'custom', path: [name], message: 'A name must not be empty' });
        if (typeof value === 'string') judged[name] = value;
        else context.addIssue({ code: 'custom', path: [name], message: 'Must be a text' });
        if (context.issues.length >= ISSUES_MAX) break;
      }
      return judged;
    })
    .meta({ type: 'object', additionalProperties: { type: 'string' } });

const fullId = once(() =>
  z.strictObject({ kind: visitorIdKind(), value: z.string() }).describe('One of both, said in full.'),
);

function placedIds({
  id,
  ...named
}: Parameters<typeof namedIds>[0] & { readonly id?: z.output<ReturnType<typeof fullId>> | undefined }) {
  return id === undefined ? namedIds(named) : [...namedIds(named), { ...id, place: ['id', 'value'] }];
}

export const seedProfileSchema = once(() =>
  z
    .strictObject({
      ...namedIdShape(),
      id: fullId().optional(),
      attributes: attributes().optional(),
    })
    .refine((given) => placedIds(given).length === 1, { error: 'Needs either pcId or thirdPartyId' })
    .transform(({ attributes: given = {}, ...ids }): JudgedProfile => {
      const [id] = placedIds(ids);
      return { id: id!, attributes: given };
    }),
);

/** As the store takes them. Empty values are ignored here as everywhere. */
export function seedWrites(client: ClientCode, profiles: readonly JudgedProfile[], now: number): AttributeWrite[] {
  return profiles.map(({ id: { kind, value }, attributes: given }) => ({
    client,
    id: { kind, value },
    attributes: Object.entries(given).flatMap(([name, text]) =>
      emptyIgnored.decide(text) ? [] : { name, value: text },
    ),
    now,
  }));
}
