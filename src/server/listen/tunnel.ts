/**
 * CONNECT, as clients send it that were given the emulator as their `https_proxy`: a tunnel to an emulated host ends here,
 * at the app, and no tunnel leads anywhere else. Its first byte tells TLS from plain HTTP.
 */
import type { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Server, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Incoming, isStream, type Outgoing } from '../http/http2-stream.ts';

export interface TunnelEnds {
  /** A host that is emulated: never a loopback name, since whoever can reach one needs no tunnel. */
  readonly isEmulated: (hostname: string) => boolean;
  readonly tls: Server;
  /** Told of a connection before it is handed over. */
  readonly onTunnel: (socket: Socket) => void;
  /** Told of every CONNECT once it is decided. */
  readonly onConnect: (decision: TunnelDecision) => void;
}

export interface TunnelDecision {
  /** As it was asked for: `demo.tt.omtrdc.net:443`. */
  readonly target: string;
  readonly status: 200 | 403 | 501 | 503;
  /** What is told to the client; empty for a tunnel that was opened. */
  readonly reason: string;
}

/** Tunnels in which the first byte is still awaited. */
const SILENT_TUNNELS_MAX = 1_000;
/** As long as a client may take for the head of a request. */
const SILENCE_MS_MAX = 60_000;
const PORTS: ReadonlySet<string> = new Set(['80', '443']);
/** A host and a port (RFC 9110, 9.3.6): nothing that a URL would take for a user, a path or a query. */
const AUTHORITY = /^([^\s@/?#\\]+):(\d+)$/;

export function openTunnels(plain: Server, { isEmulated, tls, onTunnel, onConnect }: TunnelEnds) {
  const silent = new Set<Duplex>();

  const decided = (target: string): TunnelDecision => {
    const [, hostname = '', port = ''] = AUTHORITY.exec(target.toLowerCase()) ?? [];
    const no = (status: 403 | 501 | 503, reason: string) => ({ target, status, reason });
    if (hostname === '') return no(403, `a tunnel leads to HOST:80 or HOST:443, and not to ${target}`);
    if (!isEmulated(hostname)) return no(403, `${hostname} is not emulated (start with --allow-host to add it)`);
    if (!PORTS.has(port)) return no(501, `port ${port} of ${hostname} is not emulated, only 80 and 443`);
    if (silent.size >= SILENT_TUNNELS_MAX) return no(503, `${SILENT_TUNNELS_MAX} tunnels wait for their first byte`);
    return { target, status: 200, reason: '' };
  };

  const open = (request: IncomingMessage, socket: Socket, head: Buffer) => {
    // A client that hangs up is no failure of ours, and leaves nothing open: sockets of a CONNECT are half-open ones.
    socket.on('error', () => socket.destroy());
    socket.allowHalfOpen = false;
    const decision = decided(request.url ?? '');
    onConnect(decision);
    if (decision.status !== 200) {
      socket.end(refusal(decision));
      return;
    }
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    silent.add(socket);
    const leave = () => {
      silent.delete(socket);
      socket.setTimeout(0);
    };
    socket.setTimeout(SILENCE_MS_MAX, () => socket.destroy());
    socket.once('close', leave);
    const hand = (first: Buffer) => {
      leave();
      socket.removeAllListeners('timeout');
      // A TLS record of type handshake.
      const end = first[0] === 0x16 ? tls : plain;
      onTunnel(socket);
      socket.pause();
      socket.unshift(first);
      end.emit('connection', socket);
      if (end === plain) socket.resume();
    };
    if (head.byteLength > 0) hand(head);
    else socket.once('data', hand);
  };

  const from = (server: EventEmitter): void => {
    server.on('connect', (request: Incoming, way: Socket | Outgoing, head: Buffer) => {
      if (!isStream(request)) return open(request, way as Socket, head);
      onConnect({ target: request.authority, status: 501, reason: 'a tunnel is opened over HTTP/1.1' });
      (way as Outgoing).writeHead(501, {});
      way.end();
    });
  };
  from(plain);

  return {
    /** Of the server behind TLS as well: a proxy may be reached by https. */
    from,
    /** Closes those in which nobody has said anything yet; the others belong to the servers they were handed to. */
    close(): void {
      for (const socket of silent) socket.destroy();
    },
  };
}

/** A client shows its user the status line, if anything: the reason stands there. */
function refusal({ status, reason }: TunnelDecision): string {
  const line = `target-profile-emulator: ${printable(reason)}`;
  const body = `${JSON.stringify({ error: { code: 'tunnel-refused', message: `${line}.`, issues: [] } })}\n`;
  const headers = ['content-type: application/json', `content-length: ${Buffer.byteLength(body)}`, 'connection: close'];
  return `HTTP/1.1 ${status} ${line}\r\n${headers.join('\r\n')}\r\n\r\n${body}`;
}

/** The target comes from the client: nothing of it may end a line, and a status line has no place for other letters. */
const printable = (text: string) => text.replaceAll(/[^\x20-\x7E]/g, '?').slice(0, 300);
