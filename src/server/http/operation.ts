/** Names the operation on its route: whom the request speaks for, and what is asked to go wrong with it. */
import type { Input, MiddlewareHandler } from 'hono';
import { ourClientCode } from '../../protocol/rules/index.ts';
import type { Operation } from '../faults/fault.ts';
import type { EmulatorEnv } from './emulator-env.ts';
import { faultyCalls } from './faulty-calls.ts';
import { deliveryClient, resolveClient } from './resolve-client.ts';
import type { Services } from './services.ts';

/** `Asked` is what a typed client has to give. */
export function operation<Asked extends Input>(
  services: Services,
  name: Operation,
): MiddlewareHandler<EmulatorEnv, string, Asked> {
  const faulty = faultyCalls(services);
  return (c, next) => {
    const call = c.get('call');
    call.operation = name;
    if (name === 'fetch') {
      const client = ourClientCode.decide(call.url.searchParams.get('client') ?? '');
      call.client = typeof client === 'string' ? client : undefined;
    } else {
      const account =
        name === 'delivery'
          ? deliveryClient(services, call.url)
          : resolveClient(services, call.url, c.req.param('client') ?? '');
      c.set('account', account);
      call.client = account.kind === 'client' ? account.client : undefined;
    }
    return faulty(c, next);
  };
}
