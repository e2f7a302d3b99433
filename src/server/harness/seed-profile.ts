/** A profile to start with, in every shape that people write it: in process, over HTTP, in a file. */
import { z } from 'zod';
import { emptyIgnored, ourUndecodable } from '../../protocol/rules/index.ts';
import type { ClientCode } from '../../protocol/vocabulary/index.ts';
import type { AttributeWrite } from '../store/store.ts';
import { isOpaque } from '../input-issues.ts';
import {
  CARRIED,
  carried,
  type GivenVisitorId,
  namedIds,
  namedIdShape,
  type PlacedId,
  visitorIdKind,
} from './visitor-ids.ts';
import { once } from '../runtime/once.ts';
import { ISSUES_MAX } from './refusals.ts';

/**
 * A profile to start with: one id, and attributes for the base layer (none unless told; empty values are ignored). They are written in the
 * order of the object, where JavaScript puts names that are whole numbers first: what 64 KB cannot hold goes in that order (lim-64k-evict).
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
      const wrong = (message: string, ...path: string[]) => context.addIssue({ code: 'custom', path, message });
      const isObject = typeof input === 'object' && input !== null && !Array.isArray(input) && !isOpaque(input);
      const given = isObject ? Object.entries(input) : [];
      if (!isObject) wrong('Must be an object of texts');
      if (given.length > ATTRIBUTES_MAX) wrong(`Must be at most ${ATTRIBUTES_MAX} attributes`);
      for (const [name, value] of given.slice(0, ATTRIBUTES_MAX)) {
        if (name === '') wrong('A name must not be empty', name);
        if (typeof value !== 'string') wrong('Must be a text', name);
        else if (ourUndecodable.decide(name) || ourUndecodable.decide(value)) wrong(CARRIED, name);
        else judged[name] = value;
        if (context.issues.length >= ISSUES_MAX) break;
      }
      return judged;
    })
    .meta({ type: 'object', additionalProperties: { type: 'string' } });

const fullId = once(() =>
  z.strictObject({ kind: visitorIdKind(), value: carried() }).describe('One of both, said in full.'),
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

/** What a body says of a list of them; its items are judged by `judgedProfiles`. */
export function profileList() {
  const list = z.custom<readonly unknown[]>((input) => Array.isArray(input), { error: 'Must be a list' });
  // Read when the API is described, which is seldom.
  return list.meta({
    type: 'array',
    get items() {
      const { $schema: _, ...schema } = z.toJSONSchema(seedProfileSchema(), { io: 'input', unrepresentable: 'any' });
      return schema;
    },
  });
}

/** A millisecond or two of judging, and of writing: then it is somebody else's turn. */
const TURN_ITEMS_MAX = 200;

/** Judged no further than it must be. Rejects with a `ZodError` of the first issues, each with its place below `profiles`. */
export async function judgedProfiles(list: readonly unknown[]): Promise<readonly JudgedProfile[]> {
  const judged: JudgedProfile[] = [];
  const issues: z.core.$ZodIssue[] = [];
  for (const [index, value] of list.entries()) {
    if (index % TURN_ITEMS_MAX === TURN_ITEMS_MAX - 1) await nextTurn();
    const { success, data, error } = seedProfileSchema().safeParse(value);
    if (success) judged.push(data);
    else issues.push(...error.issues.map((issue) => ({ ...issue, path: ['profiles', index, ...issue.path] })));
    if (issues.length >= ISSUES_MAX) break;
  }
  if (issues.length > 0) throw new z.ZodRealError(issues);
  return judged;
}

/** The list in parts, a turn of the event loop each. */
export async function inTurns<Item>(
  list: readonly Item[],
  work: (items: readonly Item[]) => Promise<void>,
): Promise<void> {
  for (let from = 0; from < list.length; from += TURN_ITEMS_MAX) {
    if (from > 0) await nextTurn();
    await work(list.slice(from, from + TURN_ITEMS_MAX));
  }
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

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
