/** Writes requests to the emulated API down, as their senders saw them answered. */
import type { BatchId } from '../../protocol/vocabulary/index.ts';
import { writtenPath, writtenQuery } from '../journal/written-target.ts';
import type { Call } from './call.ts';
import { type EmulatorContext, exchangeOf } from './emulator-env.ts';
import { noted } from './noted.ts';
import { heldReply, type Reply } from './reply.ts';
import type { Services } from './services.ts';

/** Undefined where nobody is told; without a response the connection was cut. */
export function recorder({ clock, clocks, journal, isClosed, onRefused, options }: Services) {
  if (journal === undefined && onRefused === undefined) return undefined;
  const { journalValues } = options;
  return (c: EmulatorContext, cameAt: number, response: Response | undefined): void => {
    if (isClosed()) return;
    const call = c.get('call');
    const { method } = c.req;
    const { status = call.sentStatus, headers, text } = answerOf(c, response);
    const { 'x-emulator-cause': cause, 'content-length': length } = headers;
    const at = cameAt + call.aheadMs;
    const refused = call.refusal === undefined ? undefined : refusedBody(c, call, journalValues);
    // What is refused to a page from elsewhere would push out what the tests have asked.
    if (!call.isForeign)
      journal?.add(
        {
          kind: 'request',
          at,
          endedAt: clock.now() + clocks.aheadMs(call.client),
          method,
          path: writtenPath(call, journalValues),
          query: writtenQuery(call, journalValues),
          client: call.client,
          operation: call.operation,
          status,
          cause,
          batchId: call.batchId ?? askedBatch(call),
          content: call.content(),
          contentType: refused?.contentType,
          bodyStart: refused?.bodyStart,
          requestBytes: call.requestBytes,
          replyBytes: length === undefined ? undefined : Number(length),
          faults: call.faults,
        },
        call.visitors,
      );
    const worthALine = onRefused && noted(call, { at, method, keepsValues: journalValues }, { status, cause, text });
    if (worthALine !== undefined) onRefused?.(worthALine);
  };
}

const CONTENT_TYPE_CHARS_MAX = 256;

/** What stood where a batch should have been; of a Delivery or mbox call it would be the ids of visitors. */
function refusedBody({ req }: EmulatorContext, { operation, bodyStart }: Call, keepsValues: boolean) {
  if (operation === 'delivery' || operation === 'mbox') return undefined;
  const contentType = req.header('content-type')?.slice(0, CONTENT_TYPE_CHARS_MAX);
  return bodyStart && { contentType, bodyStart: maskedStart(bodyStart, keepsValues) };
}

/** As it was sent; nothing of one that was cut. */
function answerOf(c: EmulatorContext, response: Response | undefined): Partial<Reply> & Pick<Reply, 'headers'> {
  if (response === undefined) return { headers: {} };
  const held = heldReply(exchangeOf(c), response);
  return held ?? { status: response.status, headers: Object.fromEntries(response.headers) };
}

const askedBatch = ({ operation, url }: Call): BatchId | undefined =>
  operation === 'status' ? ((url.searchParams.get('batchId') ?? undefined) as BatchId | undefined) : undefined;

/** How a body begins, enough to tell what it is and nothing of what it says: up to the first line break. Letters and digits become `x`, `X` and `9`; of values that are wanted, tokens alone. */
export function maskedStart(start: Uint8Array, keepsValues: boolean): string {
  const [line = ''] = Buffer.from(start)
    .toString('utf8')
    .split(/[\r\n]/, 1);
  // A token may have strayed into it, and may be cut off at its end.
  const shown = keepsValues ? line.replaceAll(UUID, '***') : line.replaceAll(/[\p{L}\p{M}\p{N}]/gu, masked);
  return shown.replaceAll(/\p{Cc}/gu, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

const masked = (character: string) => (/\p{N}/u.test(character) ? '9' : /\p{Lu}/u.test(character) ? 'X' : 'x');

const UUID = /[\da-f]{8}-[\da-f]{4}-[\da-f-]*/gi;
