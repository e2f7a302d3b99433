/** Names the operation on its route: whom the request speaks for, and what is asked to go wrong with it. */
import type { Input, MiddlewareHandler } from 'hono';
import { fchClientRequired, ourClientCode } from '../../protocol/rules/index.ts';
import type { Operation } from '../faults/fault.ts';
import type { EmulatorEnv } from './emulator-env.ts';
import { faultyCalls } from './faulty-calls.ts';
import { deliveryClient, resolveClient } from './resolve-client.ts';
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
  return (c, next) => {
    const call = c.get('call');
    call.operation = name;
    if (name === 'fetch') {
      const code = fchClientRequired.decide(call.url.searchParams);
      const client = typeof code === 'string' ? ourClientCode.decide(code) : code;
      call.client = typeof client === 'string' ? client : undefined;
    } else {
      const account =
        name === 'delivery'
          ? deliveryClient(services, call.url, orgs)
          : resolveClient(services, call.url, decodedSegment(call.url.pathname.split('/').at(-clientFromEnd) ?? ''));
      c.set('account', account);
      call.client = account.kind === 'client' ? account.client : undefined;
    }
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
