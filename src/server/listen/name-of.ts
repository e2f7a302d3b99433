/** By which name somebody reaches what listens. */
import type { AddressInfo } from 'node:net';

/** A name to reach it by: nobody connects to a wildcard address, and `localhost` may be of the other family. */
export function nameOf(host: string, { address }: AddressInfo): string {
  if (address === '0.0.0.0') return '127.0.0.1';
  if (address === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
