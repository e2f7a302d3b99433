/** One keep-alive connection that speaks just enough HTTP/1.1: a client of Node's own would be the slowest part. */
import { connect, type Socket } from 'node:net';

export interface RawReply {
  readonly status: number;
  readonly body: string;
}

export interface RawConnection {
  /** Servers end a connection that was idle for some seconds. */
  isOpen(): boolean;
  /** One request at a time; `whole` is head and body as sent. */
  request(whole: Buffer, done: (reply: RawReply) => void): void;
  close(): void;
}

/** Rejects when the connection cannot be made; `onLost` hears when it ends with a request open. */
export function rawConnection(port: number, onLost: (error: Error) => void): Promise<RawConnection> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let received = '';
    let isClosed = false;
    let waiting: ((reply: RawReply) => void) | undefined;
    const lost = (error: Error) => {
      isClosed = true;
      if (waiting !== undefined) onLost(error);
    };
    socket.on('data', (chunk: Buffer) => {
      const text = chunk.toString('latin1');
      received = received === '' ? text : received + text;
      const reply = wholeReply(received);
      if (reply === undefined) return;
      received = '';
      const done = waiting;
      waiting = undefined;
      done?.(reply);
    });
    socket.once('error', (error) => {
      reject(error);
      lost(error);
    });
    // An end that came half-way would otherwise wait for ever.
    socket.once('end', () => lost(new Error('The server ended the connection.')));
    socket.once('close', () => lost(new Error('The connection was closed while a reply was due.')));
    socket.once('connect', () =>
      resolve({
        isOpen: () => !isClosed,
        request(whole, done) {
          waiting = done;
          socket.write(whole);
        },
        close() {
          waiting = undefined;
          socket.destroy();
        },
      }),
    );
  });
}

/** Undefined while something is missing. */
function wholeReply(text: string): RawReply | undefined {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const head = text.slice(0, headEnd);
  const status = Number(head.slice(9, 12));
  const length = /\r\ncontent-length: *(\d+)/i.exec(head);
  const bodyStart = headEnd + 4;
  if (length !== null) {
    const bodyEnd = bodyStart + Number(length[1]);
    return text.length < bodyEnd ? undefined : { status, body: text.slice(bodyStart, bodyEnd) };
  }
  // Nobody here sends a body with neither length nor chunks; an empty one may come without both.
  if (!/\r\ntransfer-encoding: *chunked/i.test(head)) return { status, body: '' };
  return text.endsWith('\r\n0\r\n\r\n') || text.slice(bodyStart) === '0\r\n\r\n'
    ? { status, body: text.slice(bodyStart) }
    : undefined;
}

export function getRequest(path: string): Buffer {
  return Buffer.from(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
}

export function postRequest(path: string, body: Uint8Array | string): Buffer {
  const bytes = Buffer.from(body as string);
  // The type that curl --data-binary says, and the API documents.
  const type = 'application/x-www-form-urlencoded';
  const head = `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: ${type}\r\nContent-Length: ${bytes.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), bytes]);
}
