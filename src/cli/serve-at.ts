/** The command that starts an emulator where one was looked for: on this machine, at the address that was asked. */
import { isLoopbackHost } from '../client/loopback-host.ts';

/** Undefined for another machine, where nothing typed here helps. */
export function serveCommandAt(url: string): string | undefined {
  const { protocol, hostname, port } = new URL(url);
  if (!isLoopbackHost(hostname)) return undefined;
  const isUsual = hostname === 'localhost' || hostname === '127.0.0.1';
  const host = isUsual ? '' : ` --host ${hostname.replace(/^\[|\]$/g, '')}`;
  if (protocol === 'https:') return `tpe serve${host} --port 0 --tls-port ${port || '443'}`;
  return `tpe serve${host}${port === USUAL_PORT ? '' : ` --port ${port || '80'}`}`;
}

const USUAL_PORT = '8181';
