/** What every request passes first: it is known by its `Call`, judged by the guard, and written down as it was answered. */
import type { MiddlewareHandler } from 'hono';
import type { BytesInFlight } from '../ingest/bytes-in-flight.ts';
import { closedError } from '../runtime/emulator-error.ts';
import { Call } from './call.ts';
import { ConnectionCut, type EmulatorContext, type EmulatorEnv, exchangeOf } from './emulator-env.ts';
import { askerOf, type Guard, type Plane, senderOf } from './guards.ts';
import { recorder } from './journaled.ts';
import { requestBody } from './request-body.ts';
import { respond } from './reply.ts';
import type { Services } from './services.ts';

export function entered(services: Services, guard: Guard, plane: Plane): MiddlewareHandler<EmulatorEnv> {
  // Our own API is not written down: whoever asks for the journal would fill it.
  const record = plane === 'emulated' ? recorder(services) : undefined;
  return async (c, next) => {
    const call = openCall(c, services.inFlight);
    const cameAt = services.clock.now();
    let response: Response | undefined;
    try {
      if (services.isClosed()) throw closedError();
      const refusal = guard(askerOf(c), plane);
      call.isForeign = refusal !== undefined;
      if (refusal === undefined) await next();
      else response = respond(c, refusal);
    } catch (error) {
      record?.(c, cameAt, undefined);
      throw error;
    } finally {
      call.end();
    }
    record?.(c, cameAt, c.error instanceof ConnectionCut ? undefined : (response ?? c.res));
    return response;
  };
}

/** Its URL taken apart, its body ready to be read and counted while it is on its way. */
export function openCall(c: EmulatorContext, inFlight: BytesInFlight): Call {
  const call = new Call(
    exchangeOf(c)?.url ?? new URL(c.req.url),
    () => requestBody(c),
    () => inFlight.begin(senderOf(c)),
  );
  c.set('call', call);
  return call;
}
