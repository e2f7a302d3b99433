/** What every request begins with: its URL taken apart, its body ready to be read and counted while it is on its way. */
import type { MiddlewareHandler } from 'hono';
import type { BytesInFlight } from '../ingest/bytes-in-flight.ts';
import { Call } from './call.ts';
import { type EmulatorEnv, exchangeOf } from './emulator-env.ts';
import { senderOf } from './guards.ts';
import { requestBody } from './request-body.ts';

export function opened(inFlight: BytesInFlight): MiddlewareHandler<EmulatorEnv> {
  return async (c, next) => {
    const url = exchangeOf(c)?.url ?? new URL(c.req.url);
    const call = new Call(
      url,
      () => requestBody(c),
      () => inFlight.begin(senderOf(c)),
    );
    c.set('call', call);
    try {
      await next();
    } finally {
      call.end();
    }
  };
}
