/** What every request begins with: its URL taken apart, its body ready to be read. */
import type { Next } from 'hono';
import { callOf } from './call.ts';
import { type EmulatorContext, exchangeOf } from './emulator-env.ts';
import { requestBody } from './request-body.ts';

export function opened(c: EmulatorContext, next: Next): Promise<void> {
  c.set('call', callOf(exchangeOf(c)?.url ?? new URL(c.req.url), requestBody(c)));
  return next();
}
