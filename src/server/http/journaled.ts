/** Writes every request to the emulated API down, as the sender saw it answered. */
import type { MiddlewareHandler } from 'hono';
import type { BatchId } from '../../protocol/vocabulary/index.ts';
import type { Call } from './call.ts';
import { ConnectionCut, type EmulatorContext, type EmulatorEnv, exchangeOf } from './emulator-env.ts';
import { maskedStart } from './masked-start.ts';
import { noted } from './noted.ts';
import { heldReply, type Reply } from './reply.ts';
import type { Services } from './services.ts';
import { writtenPath, writtenQuery } from '../journal/written-target.ts';

export function journaled(services: Services): MiddlewareHandler<EmulatorEnv> {
  const { clock, clocks, journal, isClosed, onRefused, options } = services;
  if (journal === undefined && onRefused === undefined) return (_, next) => next();
  return async (c, next) => {
    const call = c.get('call');
    const cameAt = clock.now();
    const record = (response: Response | undefined) => {
      if (isClosed()) return;
      const { status = call.sentStatus, headers, text } = answerOf(c, response);
      const { 'x-emulator-cause': cause, 'content-length': length } = headers;
      const at = cameAt + call.aheadMs;
      // What is refused to a page from elsewhere would push out what the tests have asked.
      if (!call.isForeign)
        journal?.add(
          {
            kind: 'request',
            at,
            endedAt: clock.now() + clocks.aheadMs(call.client),
            method: c.req.method,
            path: writtenPath(call, options.journalValues),
            query: writtenQuery(call, options.journalValues),
            client: call.client,
            operation: call.operation,
            status,
            cause,
            batchId: call.batchId ?? askedBatch(call),
            content: call.content(),
            ...(call.refusal !== undefined && refusedBody(c, call, options.journalValues)),
            requestBytes: call.requestBytes,
            replyBytes: length === undefined ? undefined : Number(length),
            faults: call.faults,
          },
          call.visitors,
        );
      if (onRefused === undefined) return;
      const worthALine = noted({
        at,
        method: c.req.method,
        call,
        status,
        cause,
        text,
        keepsValues: options.journalValues,
      });
      if (worthALine !== undefined) onRefused(worthALine);
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

const CONTENT_TYPE_CHARS_MAX = 256;

/** What stood where a batch should have been. */
function refusedBody({ req }: EmulatorContext, { bodyStart }: Call, keepsValues: boolean) {
  const contentType = req.header('content-type')?.slice(0, CONTENT_TYPE_CHARS_MAX);
  return bodyStart && { contentType, bodyStart: maskedStart(bodyStart, keepsValues) };
}

/** As it was sent; nothing of one that was cut. */
function answerOf(c: EmulatorContext, response: Response | undefined): Partial<Reply> & Pick<Reply, 'headers'> {
  if (response === undefined) return { headers: {} };
  const { status, headers } = response;
  return heldReply(exchangeOf(c), response) ?? { status, headers: Object.fromEntries(headers) };
}

const askedBatch = ({ operation, url }: Call): BatchId | undefined =>
  operation === 'status' ? ((url.searchParams.get('batchId') ?? undefined) as BatchId | undefined) : undefined;
