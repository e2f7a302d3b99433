/** What Delivery and mbox calls are answered with (res-delivery-json, res-mbox-json, err-delivery-400). */
import type { CallIds } from '../rules/delivery.ts';

/** One of `execute` and `prefetch`, as asked; there are no activities, so nothing is in it. */
export interface AskedContent {
  readonly pageLoad?: unknown;
  readonly views?: readonly unknown[] | undefined;
  readonly mboxes?: readonly { readonly index?: number | undefined; readonly name?: string | undefined }[] | undefined;
}

export interface DeliveryAnswer {
  readonly requestId: string;
  readonly client: string;
  /** As sent, but for the tntId. */
  readonly ids: CallIds;
  readonly tntId: string;
  readonly edgeHost: string;
  readonly execute: AskedContent | undefined;
  readonly prefetch: AskedContent | undefined;
  /** Customer attributes as response tokens of each mbox (ca-shows-response); undefined where there are none. */
  readonly tokens?: Readonly<Record<string, string>> | undefined;
}

export function deliveryJson(answer: DeliveryAnswer): string {
  const { requestId, client, ids, tntId, edgeHost, execute, prefetch, tokens } = answer;
  const { thirdPartyId, marketingCloudVisitorId, customerIds } = ids;
  const given = customerIds.length === 0 ? undefined : customerIds;
  return JSON.stringify({
    status: 200,
    requestId,
    client,
    id: { tntId, thirdPartyId, marketingCloudVisitorId, customerIds: given },
    edgeHost,
    execute: execute && emptyContent(execute, tokens),
    prefetch: prefetch && emptyContent(prefetch, tokens),
  });
}

/** As a quiet account answers: what was asked for, and nothing in it. */
function emptyContent({ pageLoad, views, mboxes }: AskedContent, tokens: DeliveryAnswer['tokens']): object {
  const options = tokens && [{ responseTokens: tokens }];
  return {
    pageLoad: pageLoad === undefined ? undefined : { options },
    views: views === undefined ? undefined : [],
    mboxes: mboxes?.map(({ index, name }) => ({ index, name, options })),
  };
}

export function mboxJson(sessionId: string, tntId: string, edgeHost: string): string {
  return JSON.stringify({ sessionId, tntId, edgeHost, offers: [] });
}

export const deliveryErrorJson = (status: number, message: string): string => JSON.stringify({ status, message });
