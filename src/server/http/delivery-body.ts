/** The JSON of a Delivery call, as far as it names a visitor and says something of them. */
import { z } from 'zod';
import { AUTHENTICATED_STATES, refuse } from '../../protocol/rules/index.ts';
import { CUSTOMER_IDS_MAX, DELIVERY_MBOXES_MAX } from '../../protocol/vocabulary/index.ts';
import { parseJson } from '../../protocol/wire/index.ts';
import { once } from '../runtime/once.ts';

/** `parameters` are of all mboxes, views, page loads and notifications, in the order of the body. */
export function readDeliveryBody(text: string) {
  let json: unknown;
  try {
    json = parseJson(text);
  } catch {
    return refuse('err-delivery-400', 'the body is no JSON.');
  }
  const read = schema().safeParse(json, { jitless: true });
  if (!read.success) {
    const [issue] = read.error.issues;
    return refuse('err-delivery-400', `${issue?.path.join('.') || 'the body'}: ${issue?.message}.`);
  }
  const { requestId, id: ids, execute, prefetch, notifications = [] } = read.data;
  const said = [execute, prefetch].flatMap((each) => [each?.pageLoad, ...(each?.views ?? []), ...(each?.mboxes ?? [])]);
  const parameters: (readonly [name: string, value: unknown])[] = [...said, ...notifications].flatMap((each) =>
    Object.entries(each?.profileParameters ?? {}),
  );
  return { kind: 'call' as const, requestId, ids, execute, prefetch, parameters };
}

/** `null` is as good as nothing. */
const optional = <Schema extends z.ZodType>(of: Schema) => of.nullish().transform((value) => value ?? undefined);

/** Counted before they are looked at. */
const few = <Item extends z.ZodType>(item: Item, max: number) =>
  optional(z.array(z.unknown()).max(max, `size must be between 0 and ${max}`).pipe(z.array(item)));

const schema = once(() => {
  // What is empty is not there.
  const text = (of = z.string()) => of.nullish().transform((value) => value || undefined);
  const customerId = z.object({
    id: z.string().min(1),
    integrationCode: z.string().min(1),
    authenticatedState: z.enum(AUTHENTICATED_STATES),
  });
  const id = z.object({
    tntId: text(),
    thirdPartyId: text(),
    marketingCloudVisitorId: text(),
    customerIds: few(customerId, CUSTOMER_IDS_MAX).transform((given = []) => given),
  });
  // Judged by rules, name by name: a record would leave out a field named `__proto__`.
  const isObject = (value: unknown) => typeof value === 'object' && !Array.isArray(value);
  const profileParameters = optional(z.custom<object>(isObject, 'must be an object of texts'));
  const details = z.object({ profileParameters });
  const mbox = details.extend({ index: optional(z.number()), name: optional(z.string()) });
  const content = z.object({
    pageLoad: optional(details),
    views: few(details, DELIVERY_MBOXES_MAX),
    mboxes: few(mbox, DELIVERY_MBOXES_MAX),
  });
  return z.object({
    requestId: text(z.string().max(128)),
    context: z.object({ channel: z.string().min(1) }),
    id: optional(id),
    execute: optional(content),
    prefetch: optional(content),
    notifications: few(details, DELIVERY_MBOXES_MAX),
  });
});
