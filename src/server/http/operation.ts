/** Names the operation on its route: whom the request speaks for, and what is asked to go wrong with it. */
import type { Input, MiddlewareHandler } from 'hono';
import type { Operation } from '../faults/fault.ts';
import type { EmulatorEnv } from './emulator-env.ts';
import { faultyCalls } from './faulty-calls.ts';
import { deliveryClient, fetchClient, resolveClient } from './resolve-client.ts';
import type { Services } from './services.ts';

/**
 * `clientFromEnd`: which segment of the path, from its end, is the client code; a path that this app is mounted below may
 * have a parameter of the same name. `Asked` is what a typed client has to give.
 */
export function operation<Asked extends Input>(
  services: Services,
  name: Operation,
  clientFromEnd = 0,
): MiddlewareHandler<EmulatorEnv, string, Asked> {
  const faulty = faultyCalls(services);
  const orgs = new Map(services.options.org.map((each) => each.split('=', 2) as [string, string]));
  const accountOf = (url: URL) => {
    if (name === 'fetch') return fetchClient(services, url);
    if (name === 'delivery') return deliveryClient(services, url, orgs);
    return resolveClient(services, url, decodedSegment(url.pathname.split('/').at(-clientFromEnd) ?? ''));
  };
  return (c, next) => {
    const call = c.get('call');
    call.operation = name;
    const account = accountOf(call.url);
    c.set('account', account);
    call.client = account.kind === 'client' ? account.client : undefined;
    call.aheadMs = services.clocks.aheadMs(call.client);
    return faulty(c, next);
  };
}

/** As the router would: what is no UTF-8 stays as it was sent. */
export function decodedSegment(segment: string): string {
  try {
    return segment.includes('%') ? decodeURIComponent(segment) : segment;
  } catch {
    return segment;
  }
}
