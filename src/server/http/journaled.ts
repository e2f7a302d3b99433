/** Writes every request to the emulated API down, as the sender saw it answered. */
import type { MiddlewareHandler } from 'hono';
import type { BatchId } from '../../protocol/vocabulary/index.ts';
import type { Call } from './call.ts';
import { ConnectionCut, type EmulatorEnv } from './emulator-env.ts';
import type { Services } from './services.ts';

export function journaled({ clock, journal, options: { journalValues } }: Services): MiddlewareHandler<EmulatorEnv> {
  if (journal === undefined) return (_, next) => next();
  return async (c, next) => {
    const call = c.get('call');
    const at = clock.now();
    const record = (response: Response | undefined) => {
      const length = response?.headers.get('content-length') ?? undefined;
      journal.add({
        kind: 'request',
        at,
        endedAt: clock.now(),
        method: c.req.method,
        path: call.url.pathname,
        query: writtenQuery(call, journalValues),
        client: call.client,
        operation: call.operation,
        status: response?.status ?? call.sentStatus,
        cause: response?.headers.get('x-emulator-cause') ?? undefined,
        batchId: call.batchId ?? askedBatch(call),
        content: call.content(),
        requestBytes: call.requestBytes(),
        replyBytes: length === undefined ? undefined : Number(length),
        faults: call.faults,
      });
    };
    try {
      await next();
    } catch (error) {
      record(undefined);
      throw error;
    }
    record(c.error instanceof ConnectionCut ? undefined : c.res);
  };
}

/** The query with what is nobody's business blotted out: each name is looked at once, however many there are. */
function writtenQuery({ url: { search, searchParams }, operation }: Call, keepsValues: boolean): string {
  if (search === '') return search;
  let isChanged = false;
  const shown = Array.from(searchParams, ([name, value]): [string, string] => {
    const isHidden = SECRET.test(name) || (!keepsValues && (operation === 'update' || PERSONAL.test(name)));
    isChanged ||= isHidden;
    return isHidden ? [name, '***'] : [name, value];
  });
  return isChanged ? `?${new URLSearchParams(shown).toString()}` : search;
}

/** A token has no business in a query, and is written down nowhere when it strays there. */
const SECRET = /token|authorization|secret|password|bearer|api-?_?key/i;
/** Attributes and ids of visitors, also where they were sent to the wrong place. */
const PERSONAL = /^(?:profile\.|mbox)/i;

const askedBatch = ({ operation, url }: Call): BatchId | undefined =>
  operation === 'status' ? ((url.searchParams.get('batchId') ?? undefined) as BatchId | undefined) : undefined;
