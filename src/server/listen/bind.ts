/** Binds a server to an address, and says by which name it is reached there. */
import { type EventEmitter, once } from 'node:events';
import type { Server } from 'node:net';
import { EmulatorError } from '../runtime/emulator-error.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
  /** What chooses another. */
  readonly flag: string;
}

/** As much of a server as is asked here. */
interface Bindable extends EventEmitter, Pick<Server, 'address'> {
  listen(port: number, host: string): unknown;
}

/** Rejects with an `EmulatorError` where the address cannot be had. */
export async function bind(server: Bindable, asked: Address) {
  server.listen(asked.port, asked.host);
  await once(server, 'listening').catch((error: Error) => {
    throw bindError(error, asked);
  });
  const bound = server.address();
  if (typeof bound !== 'object' || bound === null) throw new Error(`${asked.host} is no address of TCP.`);
  return { port: bound.port, name: nameOf(asked.host, bound.address) };
}

/** Nobody connects to a wildcard address, and `localhost` may be of the other family. */
function nameOf(host: string, address: string): string {
  if (address === '0.0.0.0') return '127.0.0.1';
  if (address === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

function bindError(cause: NodeJS.ErrnoException, { host, port, flag }: Address): EmulatorError {
  if (cause.code === 'EADDRINUSE') {
    const remedy = `Stop what listens there, choose another with ${flag}, or take a free one with ${flag} 0.`;
    return new EmulatorError('port-in-use', `Port ${port} of ${host} is in use. ${remedy}`, { cause });
  }
  if (cause.code === 'EACCES') {
    const why = port > 0 && port < 1024 ? ': ports below 1024 are for the administrator' : '';
    const message = `Port ${port} of ${host} may not be taken by you${why}. Choose another with ${flag}.`;
    return new EmulatorError('port-forbidden', message, { cause });
  }
  const message = `Cannot listen on ${host}:${port}: ${cause.message}. Choose another --host.`;
  return new EmulatorError('address-unavailable', message, { cause });
}
