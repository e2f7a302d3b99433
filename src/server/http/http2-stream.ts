/** What differs where a request came as a stream of HTTP/2: the stream is ended, and never the session around it. */
import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import type { Socket } from 'node:net';
import type { Writable } from 'node:stream';

export type Incoming = IncomingMessage | Http2ServerRequest;

/** As much of a reply as both versions of HTTP have. */
export interface Outgoing extends Writable {
  /** Null where replies before it, on the same connection, are not out yet. */
  readonly socket: Socket | null;
  writeHead(status: number, headers: Readonly<Record<string, string | number>>): unknown;
  /** Not among what Node documents of HTTP/2. */
  flushHeaders?(): void;
  writeContinue(): void;
}

/** RFC 9113, 7: a reset that no client can take for the regular end of a reply. */
const INTERNAL_ERROR = 0x2;

export const isStream = (incoming: Incoming): incoming is Http2ServerRequest => 'stream' in incoming;

/** Ends it without another word. */
export function hangUp(incoming: Incoming): void {
  if (isStream(incoming)) incoming.stream.close(INTERNAL_ERROR);
  else incoming.socket.destroy();
}

export const isGone = (incoming: Incoming): boolean =>
  isStream(incoming) ? incoming.stream.destroyed || incoming.stream.closed : incoming.socket.destroyed;

/** Calls `action` when nobody is there any more. */
export function whenGone(incoming: Incoming, action: () => void): void {
  if (isStream(incoming)) incoming.stream.once('close', action);
  else incoming.socket.once('close', action);
}

/** Whether a part of the body is still on its way. */
export const isUnfinished = (incoming: Incoming): boolean =>
  isStream(incoming) ? !incoming.stream.endAfterHeaders && !incoming.complete : !incoming.complete;
