/** Writes every request to the emulated API down, as the sender saw it answered. */
import type { BatchId } from '../../protocol/vocabulary/index.ts';
import { type Call, callOf } from './call.ts';
import type { EmulatorApp } from './emulator-app.ts';
import type { Reply } from './reply.ts';
import type { AskedRequest, HandlerEnv } from './request-env.ts';
import type { Services } from './services.ts';

/** Our own API is not written down: whoever asks for the journal would fill it. */
const OWN_API = /^\/__emulator(?:\/|$)/;

export function journaledCalls(
  services: Services,
  answer: (request: AskedRequest, env: HandlerEnv) => Promise<Reply>,
): EmulatorApp {
  const { clock, journal } = services;
  return async (request, env) => {
    const call = callOf(services, env.url);
    const { url, afterReply, sendPart } = env;
    const handlerEnv: HandlerEnv = { url, call, body: call.observe(env.body), afterReply, sendPart };
    if (journal === undefined || OWN_API.test(call.url.pathname)) return answer(request, handlerEnv);

    const at = clock.now();
    const record = (reply: Reply | undefined) => {
      const length = reply?.headers['content-length'];
      journal.add({
        kind: 'request',
        at,
        endedAt: clock.now(),
        method: request.method,
        path: call.url.pathname,
        query: withoutSecrets(call.url),
        client: call.client,
        operation: call.operation,
        status: reply?.status ?? call.sentStatus,
        cause: reply?.headers['x-emulator-cause'],
        batchId: call.batchId ?? askedBatch(call),
        content: call.content(),
        requestBytes: call.requestBytes(),
        replyBytes: length === undefined ? undefined : Number(length),
        faults: call.faults,
      });
    };
    let reply: Reply;
    try {
      reply = await answer(request, handlerEnv);
    } catch (error) {
      record(undefined);
      throw error;
    }
    record(reply);
    return reply;
  };
}

/** A token has no business in a query, and is written down nowhere when it strays there. */
function withoutSecrets({ search, searchParams }: URL): string {
  const secret = [...searchParams.keys()].filter((name) => SECRET.test(name));
  if (secret.length === 0) return search;
  const shown = new URLSearchParams(searchParams);
  for (const name of secret) shown.set(name, '***');
  return `?${shown.toString()}`;
}

const SECRET = /token|authorization|secret|password|bearer|api-?_?key/i;

const askedBatch = ({ operation, url }: Call): BatchId | undefined =>
  operation === 'status' ? ((url.searchParams.get('batchId') ?? undefined) as BatchId | undefined) : undefined;
