/** Writes every request to the emulated API down, as the sender saw it answered. */
import type { MiddlewareHandler } from 'hono';
import type { BatchId } from '../../protocol/vocabulary/index.ts';
import type { Call } from './call.ts';
import { ConnectionCut, type EmulatorContext, type EmulatorEnv, exchangeOf } from './emulator-env.ts';
import { maskedStart } from './masked-start.ts';
import { noted } from './noted.ts';
import { heldReply } from './reply.ts';
import type { Services } from './services.ts';

export function journaled(services: Services): MiddlewareHandler<EmulatorEnv> {
  const { clock, clocks, journal, isClosed, onRefused, options } = services;
  if (journal === undefined && onRefused === undefined) return (_, next) => next();
  return async (c, next) => {
    const call = c.get('call');
    const cameAt = clock.now();
    const record = (response: Response | undefined) => {
      if (isClosed()) return;
      const { status: answered, header, text } = headOf(c, response);
      const [status, cause] = [answered ?? call.sentStatus, header('x-emulator-cause')];
      const at = cameAt + call.aheadMs;
      const length = header('content-length');
      // What is refused to a page from elsewhere would push out what the tests have asked.
      if (!call.isForeign)
        journal?.add(
          {
            kind: 'request',
            at,
            endedAt: clock.now() + clocks.aheadMs(call.client),
            method: c.req.method,
            path: call.url.pathname,
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
      const worthALine = noted({ at, method: c.req.method, call, status, cause, text });
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
function headOf(c: EmulatorContext, response: Response | undefined) {
  const reply = response && heldReply(exchangeOf(c), response);
  return {
    status: reply?.status ?? response?.status,
    text: reply?.text,
    header: (name: string) => (reply === undefined ? response?.headers.get(name) : reply.headers[name]) ?? undefined,
  };
}

/** The query with what is nobody's business blotted out; as it came where nothing is. */
function writtenQuery({ url: { search, searchParams }, operation }: Call, keepsValues: boolean): string {
  const isHidden = (name: string) =>
    SECRET.test(name) || (!keepsValues && (operation === 'update' || PERSONAL.test(name)));
  if (search === '' || !Array.from(searchParams.keys()).some(isHidden)) return search;
  const shown = Array.from(searchParams, ([name, value]): [string, string] => [name, isHidden(name) ? '***' : value]);
  return `?${new URLSearchParams(shown).toString()}`;
}

/** A token has no business in a query, and is written down nowhere when it strays there. */
const SECRET = /token|authorization(?!scope)|secret|password|bearer|api-?_?key/i;
/** Attributes and ids of visitors, by the names of every call, also where they were sent to the wrong place. */
const PERSONAL =
  /^(?:profile\.|mbox|vst\.|(?:pc|tnt|thirdParty|marketingCloudVisitor|visitor|customer)Ids?$|ecid$|mid$)/i;

const askedBatch = ({ operation, url }: Call): BatchId | undefined =>
  operation === 'status' ? ((url.searchParams.get('batchId') ?? undefined) as BatchId | undefined) : undefined;
