/** What every request begins with: its URL taken apart, its body ready to be read and counted while it is on its way. */
import type { MiddlewareHandler } from 'hono';
import type { BytesInFlight, Flight } from '../ingest/bytes-in-flight.ts';
import { callOf } from './call.ts';
import { type EmulatorEnv, exchangeOf } from './emulator-env.ts';
import { senderOf } from './guards.ts';
import { requestBody } from './request-body.ts';

export function opened(inFlight: BytesInFlight): MiddlewareHandler<EmulatorEnv> {
  return async (c, next) => {
    let flight: Flight | undefined;
    const begin = () => (flight = inFlight.begin(senderOf(c)));
    c.set(
      'call',
      callOf(exchangeOf(c)?.url ?? new URL(c.req.url), () => requestBody(c), begin),
    );
    try {
      await next();
    } finally {
      flight?.end();
    }
  };
}
