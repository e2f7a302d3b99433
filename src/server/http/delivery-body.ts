/** The JSON of a Delivery call, as far as it names a visitor and says something of them. */
import { z } from 'zod';
import { AUTHENTICATED_STATES, type CallIds } from '../../protocol/rules/index.ts';
import { CUSTOMER_IDS_MAX, DELIVERY_MBOXES_MAX } from '../../protocol/vocabulary/index.ts';
import type { Rejection } from '../../protocol/vocabulary/index.ts';
import { type AskedContent, parseJson } from '../../protocol/wire/index.ts';
import { once } from '../runtime/once.ts';

export interface DeliveryCall {
  readonly kind: 'call';
  readonly requestId: string | undefined;
  /** Undefined where there is no `id` at all. */
  readonly ids: CallIds | undefined;
  readonly execute: AskedContent | undefined;
  readonly prefetch: AskedContent | undefined;
  /** Of all mboxes, views, page loads and notifications, in the order of the body. */
  readonly parameters: readonly (readonly [name: string, value: unknown])[];
}

export function readDeliveryBody(text: string): DeliveryCall | Rejection {
  let json: unknown;
  try {
    json = parseJson(text);
  } catch {
    return refuse('the body is no JSON.');
  }
  const read = schema().safeParse(json, { jitless: true });
  if (!read.success) {
    const [issue] = read.error.issues;
    return refuse(`${issue?.path.join('.') || 'the body'}: ${issue?.message}.`);
  }
  const { requestId, id, execute, prefetch, notifications } = read.data;
  const said = [execute, prefetch].flatMap((each) => [each?.pageLoad, ...(each?.views ?? []), ...(each?.mboxes ?? [])]);
  const parameters = [...said, ...(notifications ?? [])].flatMap((each) =>
    Object.entries(each?.profileParameters ?? {}),
  );
  return { kind: 'call', requestId: requestId || undefined, ids: id && callIds(id), execute, prefetch, parameters };
}

const refuse = (message: string): Rejection => ({ kind: 'rejection', rule: 'err-delivery-400', message });

/** What is empty is not there. */
function callIds({ tntId, thirdPartyId, marketingCloudVisitorId, customerIds }: NonNullable<Read['id']>): CallIds {
  return {
    tntId: tntId || undefined,
    thirdPartyId: thirdPartyId || undefined,
    marketingCloudVisitorId: marketingCloudVisitorId || undefined,
    customerIds: customerIds ?? [],
  };
}

/** `null` is as good as nothing. */
const optional = <Schema extends z.ZodType>(of: Schema) => of.nullish().transform((value) => value ?? undefined);

/** Counted before they are looked at. */
const few = <Item extends z.ZodType>(item: Item, max: number) =>
  optional(z.array(z.unknown()).max(max, `size must be between 0 and ${max}`).pipe(z.array(item)));

const schema = once(() => {
  const id = z.object({
    tntId: optional(z.string()),
    thirdPartyId: optional(z.string()),
    marketingCloudVisitorId: optional(z.string()),
    customerIds: few(
      z.object({
        id: z.string().min(1),
        integrationCode: z.string().min(1),
        authenticatedState: z.enum(AUTHENTICATED_STATES),
      }),
      CUSTOMER_IDS_MAX,
    ),
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
    requestId: optional(z.string().max(128)),
    context: z.object({ channel: z.string().min(1) }),
    id: optional(id),
    execute: optional(content),
    prefetch: optional(content),
    notifications: few(details, DELIVERY_MBOXES_MAX),
  });
});

type Read = z.output<ReturnType<typeof schema>>;
