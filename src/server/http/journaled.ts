/** Writes every request to the emulated API down, as the sender saw it answered. */
import type { MiddlewareHandler } from 'hono';
import type { BatchId } from '../../protocol/vocabulary/index.ts';
import type { Call } from './call.ts';
import { ConnectionCut, type EmulatorContext, type EmulatorEnv, exchangeOf } from './emulator-env.ts';
import { openCall, opened } from './opened.ts';
import { heldReply } from './reply.ts';
import type { Services } from './services.ts';

export function journaled({ clock, journal, isClosed }: Services): MiddlewareHandler<EmulatorEnv> {
  if (journal === undefined) return opened;
  return async (c, next) => {
    const call = openCall(c);
    const at = clock.now();
    const record = (response: Response | undefined) => {
      if (isClosed()) return;
      const { status, header } = headOf(c, response);
      const length = header('content-length');
      journal.add({
        kind: 'request',
        at,
        endedAt: clock.now(),
        method: c.req.method,
        path: call.url.pathname,
        query: withoutSecrets(call.url),
        client: call.client,
        operation: call.operation,
        status: status ?? call.sentStatus,
        cause: header('x-emulator-cause'),
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

/** As it was sent; nothing of one that was cut. */
function headOf(c: EmulatorContext, response: Response | undefined) {
  const reply = response && heldReply(exchangeOf(c), response);
  return {
    status: reply?.status ?? response?.status,
    header: (name: string) => (reply === undefined ? response?.headers.get(name) : reply.headers[name]) ?? undefined,
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
