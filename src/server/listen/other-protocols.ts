/** What speaks something else to the plain port: a TLS handshake, the preface of HTTP/2, or no HTTP at all. */
import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { realClock } from '../runtime/clock.ts';
import { DRAINED_BYTES_MAX, DRAINED_IDLE_MS_MAX } from './send-response.ts';

/** `http`: it was meant as HTTP/1.1 and cannot be read as such. */
export type OtherProtocol = 'tls' | 'h2' | 'socks' | 'proxy' | 'http';

/** Of OpenSSL: its reason is for people, its message has addresses and a line break as well. */
export type TlsError = NodeJS.ErrnoException & { readonly reason?: string };

/** Node's `clientError`: with it, whoever listens has to answer. */
type ClientError = TlsError & { readonly rawPacket?: Buffer; readonly bytesParsed?: number };

interface Ears {
  /** Told of each, once a connection; `surplus` are the bytes, as far as they are known, where they came after a whole request. */
  readonly onMet: (protocol: OtherProtocol, code: string, surplus: number | undefined) => void;
  /** Within TLS, of what its client found wrong with the handshake. */
  readonly onFailure?: (reason: string) => void;
  /** Resolves when the requests before it, on its connection, are answered; undefined where none waits. */
  readonly owedOver: (socket: Socket) => Promise<unknown> | undefined;
}

export function answerOtherProtocols(server: EventEmitter, { onMet, onFailure, owedOver }: Ears): void {
  /** What more they have said, in bytes: whoever is still sending reads what he is told all the same. */
  const ending = new WeakMap<Socket, number>();
  const end = (socket: Socket, words: Buffer | string = '') => {
    socket.end(words);
    const clock = realClock();
    socket.once(
      'close',
      clock.wakeAt(clock.now() + DRAINED_IDLE_MS_MAX, () => socket.destroy()),
    );
  };
  const endAfter = async (owed: Promise<unknown>, socket: Socket) => {
    await owed;
    end(socket);
  };
  server.on('clientError', (error: ClientError, socket: Socket) => {
    const { code = '', rawPacket } = error;
    const more = ending.get(socket);
    // Whoever hung up said nothing that could be misunderstood.
    if (code.startsWith('ERR_SSL_')) onFailure?.(error.reason ?? error.message);
    const isLost = code.startsWith('ERR_SSL_') || code === 'ECONNRESET' || (more === undefined && !socket.writable);
    if (isLost || (more ?? 0) > DRAINED_BYTES_MAX) {
      socket.destroy();
      return;
    }
    ending.set(socket, (more ?? 0) + (rawPacket?.byteLength ?? 0));
    if (more !== undefined) return;
    const protocol = protocolOf(rawPacket);
    const owed = owedOver(socket);
    // A body that ended too soon is the request's own affair, and told there.
    if (code !== 'HPE_INVALID_EOF_STATE') onMet(protocol, code, surplusIn(error, socket, owed !== undefined));
    if (owed === undefined) end(socket, ANSWERS[protocol](code));
    // In front of their replies, the answer would be taken for the first of them.
    else void endAfter(owed, socket);
  });
}

/** Where no request begins, but one has ended: as with a `Content-Length` in characters of a body that has umlauts. */
function surplusIn({ code, bytesParsed = 0, rawPacket }: ClientError, socket: Socket, isOwed: boolean) {
  const bytes = (rawPacket?.byteLength ?? 0) - bytesParsed;
  const follows = code === 'HPE_INVALID_METHOD' && socket.bytesRead - bytes >= SHORTEST_REQUEST.length;
  return isOwed || follows || code === 'HPE_CLOSED_CONNECTION' ? bytes : undefined;
}

/** Longer than any method that turns out to be none. */
const SHORTEST_REQUEST = 'GET / HTTP/1.0\r\n\r\n';

function protocolOf(packet: Buffer | undefined): OtherProtocol {
  if (packet?.[0] === 0x16 && packet[1] === 0x03) return 'tls';
  if (packet?.[0] === 0x04 || packet?.[0] === 0x05) return 'socks';
  if (PROXY_PROTOCOL.some((start) => packet?.subarray(0, start.length).equals(start))) return 'proxy';
  return packet?.subarray(0, PREFACE.length).equals(PREFACE) === true ? 'h2' : 'http';
}

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/** Of its versions 1 and 2. */
const PROXY_PROTOCOL = ['PROXY ', '\r\n\r\n\0\r\nQUIT\n'].map((start) => Buffer.from(start));

/** As Node answers by itself: a head that is too long, or that takes too long, has a status of its own. */
const STATUS_LINES = new Map([
  ['HPE_HEADER_OVERFLOW', '431 Request Header Fields Too Large'],
  ['ERR_HTTP_REQUEST_TIMEOUT', '408 Request Timeout'],
]);

const ANSWERS: Readonly<Record<OtherProtocol, (code: string) => Buffer | string>> = {
  // A fatal alert, "unexpected message": no words fit into TLS before it is spoken.
  tls: () => Buffer.from([0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x0a]),
  h2: goAway,
  socks: badRequest,
  proxy: badRequest,
  http: badRequest,
};

function badRequest(code: string): string {
  return `HTTP/1.1 ${STATUS_LINES.get(code) ?? '400 Bad Request'}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`;
}

/** Empty SETTINGS, then GOAWAY with HTTP_1_1_REQUIRED and a word for whoever reads it (RFC 9113, 6.8). */
function goAway(): Buffer {
  const word = 'target-profile-emulator speaks HTTP/2 over TLS only (--tls-port)';
  const head = [0, 0, 0, SETTINGS, 0, 0, 0, 0, 0, 0, 0, 8 + word.length, GOAWAY, 0, 0, 0, 0, 0];
  return Buffer.concat([Buffer.from([...head, 0, 0, 0, 0, 0, 0, 0, HTTP_1_1_REQUIRED]), Buffer.from(word)]);
}

const SETTINGS = 0x4;
const GOAWAY = 0x7;
const HTTP_1_1_REQUIRED = 0xd;
