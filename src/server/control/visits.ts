/** The shortcut for an mbox call: creates and links what it names, and folds pending attributes in. */
import { z } from 'zod';
import { refusedId } from '../../protocol/rules/index.ts';
import type { VisitorIdKind } from '../../protocol/vocabulary/index.ts';
import { newPcId } from '../http/new-pc-id.ts';
import { ownJson } from '../http/own-error.ts';
import { Reply } from '../http/reply.ts';
import type { EmulatorContext } from '../http/emulator-env.ts';
import type { Services } from '../http/services.ts';
import { badInput, controlBody, controlClient } from './control-input.ts';

export const visitSchema = z.strictObject({ pcId: z.string().optional(), thirdPartyId: z.string().optional() });

/** With neither id the visitor is a new one (mrg-create-tnt). */
export async function recordVisit(services: Services, c: EmulatorContext, code: string): Promise<Reply> {
  const client = controlClient(code);
  if (client instanceof Reply) return client;
  const visit = await controlBody(c, visitSchema);
  if (visit instanceof Reply) return visit;
  const { writer, reader, clock, options } = services;
  const { illegalIds } = reader.client(client)?.settings ?? options.settings;
  const issues = (['pcId', 'thirdPartyId'] as const satisfies readonly VisitorIdKind[]).flatMap((kind) => {
    const rule = visit[kind] === undefined ? undefined : refusedId(kind, visit[kind], illegalIds);
    return rule === undefined ? [] : [{ path: kind, message: `Refused by rule ${rule}` }];
  });
  if (issues.length > 0) return badInput(issues);
  await writer.openClient(client, options.settings);
  const now = clock.now();
  const { pcId, thirdPartyId, created } = await writer.visit({
    client,
    pcId: visit.pcId,
    thirdPartyId: visit.thirdPartyId,
    newPcId: newPcId(services, client),
    now,
  });
  return ownJson({ pcId, ...(thirdPartyId !== undefined && { thirdPartyId }), created });
}
