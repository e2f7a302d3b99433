/** Why: of a profile's attributes, and of one row of a batch. */
import { z } from 'zod';
import type { VisitorId, VisitorIdKind } from '../../protocol/vocabulary/index.ts';
import { explainProfile } from '../explain/explain-profile.ts';
import { explainRow } from '../explain/explain-row.ts';
import { ownError, ownJson } from '../http/own-error.ts';
import { Reply } from '../http/reply.ts';
import type { EmulatorContext } from '../http/emulator-env.ts';
import type { Services } from '../http/services.ts';
import { badInput, controlClient, controlQuery } from './control-input.ts';

export const explainQuery = z.strictObject({ attribute: z.string().min(1).optional() });

export function showProfileExplanation({ reader, clock }: Services, c: EmulatorContext, code: string): Reply {
  const client = controlClient(code);
  if (client instanceof Reply) return client;
  const id = visitorIdIn(c);
  if (id instanceof Reply) return id;
  const query = controlQuery(c, explainQuery);
  if (query instanceof Reply) return query;
  const found = explainProfile(reader, { client, id, now: clock.now(), attribute: query.attribute });
  if (found === undefined) {
    return ownError({
      status: 404,
      code: 'unknown-profile',
      message: `${client} has no profile with this ${id.kind}.`,
    });
  }
  if (found.kind === 'expired') {
    const message = `this profile was last active at ${isoTime(found.activeAt)}, and its lifetime is over (life-14d).`;
    return ownError({ status: 404, code: 'expired-profile', message });
  }
  const { linked, modifiedAt, attributes, overridden, rules } = found;
  return ownJson({
    [id.kind]: id.value,
    ...(linked !== undefined && { [linked.kind]: linked.value }),
    modifiedAt: isoTime(modifiedAt),
    attributes: attributes.map((attribute) => ({
      ...attribute,
      modifiedAt: isoTime(attribute.modifiedAt),
      batchId: attribute.batchId ?? null,
      row: attribute.row ?? null,
      rule: attribute.rule ?? null,
    })),
    overridden: overridden.map((attribute) => ({ ...attribute, batchId: attribute.batchId ?? null })),
    rules,
  });
}

export function showRowExplanation({ reader, clock }: Services, batchId: string, text: string): Reply {
  if (!/^[1-9]\d{0,8}$/.test(text)) return badInput([{ path: 'row', message: 'Must be a row number, from 1' }]);
  const found = explainRow(reader, batchId, Number(text), clock.now());
  if (found === 'unknown-batch') {
    return ownError({ status: 404, code: 'unknown-batch', message: 'there is no batch with this id.' });
  }
  if (found === 'unknown-row') {
    return ownError({ status: 404, code: 'unknown-row', message: 'the batch has no row of this number.' });
  }
  const { id, outcome, rule, column, cells, cellCount, attributes, ...rest } = found;
  return ownJson({
    ...rest,
    id: id ?? null,
    outcome: outcome ?? null,
    rule: rule ?? null,
    ...(column !== undefined && { column }),
    cells: cells?.map((cell) => ({ ...cell, name: cell.name ?? null, value: cell.value ?? null })) ?? null,
    cellCount: cellCount ?? null,
    attributes:
      attributes?.map(({ by, ...attribute }) => ({
        ...attribute,
        ...(by !== undefined && { by: { batchId: by.batchId ?? null, row: by.row ?? null } }),
      })) ?? null,
  });
}

/** Of `.../profiles/{kind}/{id}/explain`: decoded once, which the router does not promise. */
function visitorIdIn(c: EmulatorContext): VisitorId | Reply {
  const [kind = '', value = ''] = new URL(c.req.url).pathname.split('/').slice(-3);
  if (!isKind(kind)) return badInput([{ path: 'kind', message: 'Must be pcId or thirdPartyId' }]);
  try {
    return { kind, value: decodeURIComponent(value) };
  } catch {
    return badInput([{ path: 'id', message: 'Is not percent-encoded UTF-8' }]);
  }
}

const isKind = (text: string): text is VisitorIdKind => text === 'pcId' || text === 'thirdPartyId';
const isoTime = (time: number) => new Date(time).toISOString();
