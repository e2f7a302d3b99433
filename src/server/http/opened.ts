/** What every request begins with: its URL taken apart, its body ready to be read. */
import type { Next } from 'hono';
import { type Call, callOf } from './call.ts';
import { type EmulatorContext, exchangeOf } from './emulator-env.ts';
import { requestBody } from './request-body.ts';

export function openCall(c: EmulatorContext): Call {
  const call = callOf(exchangeOf(c)?.url ?? new URL(c.req.url), () => requestBody(c));
  c.set('call', call);
  return call;
}

export function opened(c: EmulatorContext, next: Next): Promise<void> {
  openCall(c);
  return next();
}
