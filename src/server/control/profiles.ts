/** Profiles: a page of what is stored, and seeding what shall be there before a test begins. */
import { z } from 'zod';
import { refusedId } from '../../protocol/rules/index.ts';
import { ownJson } from '../http/own-error.ts';
import { Reply } from '../http/reply.ts';
import type { EmulatorContext } from '../http/emulator-env.ts';
import type { Services } from '../http/services.ts';
import { type SeedProfile, seedWrites } from '../http/seed-profiles.ts';
import type { StoredProfile } from '../store/store.ts';
import { SEED_BODY_BYTES_MAX, badInput, controlBody, controlClient, controlQuery } from './control-input.ts';
import { pageOf, pageQueryShape } from './page-query.ts';

export const profilesQuery = z.strictObject(pageQueryShape);

/** Not `z.record`, which leaves out a field named `__proto__`. */
const attributesSchema = z
  .unknown()
  .transform((input, context) => {
    const attributes: Record<string, string> = Object.create(null);
    if (typeof input !== 'object' || input === null || Array.isArray(input)) {
      context.addIssue({ code: 'custom', message: 'Must be an object of texts' });
      return attributes;
    }
    for (const [name, value] of Object.entries(input)) {
      if (name === '') context.addIssue({ code: 'custom', path: [name], message: 'A name must not be empty' });
      if (typeof value === 'string') attributes[name] = value;
      else context.addIssue({ code: 'custom', path: [name], message: 'Must be a text' });
    }
    return attributes;
  })
  .meta({ type: 'object', additionalProperties: { type: 'string' } });

export const seedSchema = z.strictObject({
  profiles: z.array(
    z
      .strictObject({
        pcId: z.string().optional(),
        thirdPartyId: z.string().optional(),
        attributes: attributesSchema.optional(),
      })
      .refine(({ pcId, thirdPartyId }) => (pcId === undefined) !== (thirdPartyId === undefined), {
        error: 'Needs either pcId or thirdPartyId',
      }),
  ),
});

export function listProfiles({ reader, clock }: Services, c: EmulatorContext, code: string): Reply {
  const client = controlClient(code);
  if (client instanceof Reply) return client;
  const query = controlQuery(c, profilesQuery);
  if (query instanceof Reply) return query;
  const page = reader.profiles(client, { ...pageOf(query), now: clock.now() });
  return ownJson({ profiles: page.items.map(profileView), next: page.next ?? null });
}

/** Creates or updates each, in the base layer; all or none. */
export async function seedProfiles(services: Services, c: EmulatorContext, code: string): Promise<Reply> {
  const client = controlClient(code);
  if (client instanceof Reply) return client;
  const input = await controlBody(c, seedSchema, SEED_BODY_BYTES_MAX);
  if (input instanceof Reply) return input;
  const { illegalIds } = services.reader.client(client)?.settings ?? services.options.settings;
  const profiles: SeedProfile[] = input.profiles.map(({ pcId, thirdPartyId = '', attributes = {} }) => ({
    id: pcId === undefined ? { kind: 'thirdPartyId', value: thirdPartyId } : { kind: 'pcId', value: pcId },
    attributes,
  }));
  const issues = profiles.flatMap(({ id }, index) => {
    const rule = refusedId(id.kind, id.value, illegalIds);
    return rule === undefined ? [] : [{ path: `profiles[${index}].${id.kind}`, message: `Refused by rule ${rule}` }];
  });
  if (issues.length > 0) return badInput(issues);
  await services.writer.openClient(client, services.options.settings);
  await services.writer.seedProfiles(seedWrites(client, profiles, services.clock.now()));
  return ownJson({ seeded: profiles.length });
}

function profileView({ id, linked, modifiedAt, attributes }: StoredProfile) {
  // Without a prototype, so that an attribute may be called `__proto__`.
  const byName: Record<string, unknown> = Object.create(null);
  for (const attribute of attributes) {
    byName[attribute.name] = {
      value: attribute.value,
      modifiedAt: new Date(attribute.modifiedAt).toISOString(),
      layer: attribute.layer,
    };
  }
  return {
    [id.kind]: id.value,
    ...(linked !== undefined && { [linked.kind]: linked.value }),
    modifiedAt: new Date(modifiedAt).toISOString(),
    attributes: byName,
  };
}
