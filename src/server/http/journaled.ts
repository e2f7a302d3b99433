/** Writes every request to the emulated API down, as the sender saw it answered. */
import type { MiddlewareHandler } from 'hono';
import type { BatchId } from '../../protocol/vocabulary/index.ts';
import type { Call } from './call.ts';
import { ConnectionCut, type EmulatorEnv } from './emulator-env.ts';
import { openCall, opened } from './opened.ts';
import type { Services } from './services.ts';

export function journaled({ clock, journal }: Services): MiddlewareHandler<EmulatorEnv> {
  if (journal === undefined) return opened;
  return async (c, next) => {
    const call = openCall(c);
    const at = clock.now();
    const record = (response: Response | undefined) => {
      const length = response?.headers.get('content-length') ?? undefined;
      journal.add({
        kind: 'request',
        at,
        endedAt: clock.now(),
        method: c.req.method,
        path: call.url.pathname,
        query: withoutSecrets(call.url),
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

/** A token has no business in a query, and is written down nowhere when it strays there. */
function withoutSecrets({ search, searchParams }: URL): string {
  if (search === '') return search;
  const secret = [...searchParams.keys()].filter((name) => SECRET.test(name));
  if (secret.length === 0) return search;
  const shown = new URLSearchParams(searchParams);
  for (const name of secret) shown.set(name, '***');
  return `?${shown.toString()}`;
}

const SECRET = /token|authorization|secret|password|bearer|api-?_?key/i;

const askedBatch = ({ operation, url }: Call): BatchId | undefined =>
  operation === 'status' ? ((url.searchParams.get('batchId') ?? undefined) as BatchId | undefined) : undefined;
