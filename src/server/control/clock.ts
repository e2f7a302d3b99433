/** The emulator's clock: read, moved on, set, stopped. What falls due is applied before the answer. */
import { z } from 'zod';
import { ownJson } from '../http/own-error.ts';
import { Reply } from '../http/reply.ts';
import type { EmulatorContext } from '../http/emulator-env.ts';
import type { Services } from '../http/services.ts';
import { TIME_MS_MAX } from '../runtime/steered-clock.ts';
import { badInput, controlBody } from './control-input.ts';

const time = z.union([z.iso.datetime({ offset: true }), z.int().min(0).max(TIME_MS_MAX)], {
  error: 'Must be a time like 2026-01-01T00:00:00Z, or whole milliseconds since 1970',
});

export const clockChangeSchema = z
  .strictObject({ now: time.optional(), frozen: z.boolean().optional() })
  .describe('Sets the time, stops the clock or lets it go on; a virtual clock always stands.');

export const clockAdvanceSchema = z
  .strictObject({ ms: z.int().min(0).max(TIME_MS_MAX) })
  .describe('Moves the clock on by so many milliseconds.');

export function showClock({ clock }: Services): Reply {
  return ownJson({
    kind: clock.kind,
    now: new Date(clock.now()).toISOString(),
    ms: clock.now(),
    frozen: clock.isFrozen(),
  });
}

export async function changeClock(services: Services, c: EmulatorContext): Promise<Reply> {
  const change = await controlBody(c, clockChangeSchema);
  if (change instanceof Reply) return change;
  const { clock } = services;
  const atMs = typeof change.now === 'string' ? Date.parse(change.now) : change.now;
  if (atMs !== undefined && atMs < 0) return badInput([{ path: 'now', message: 'Must not be before 1970' }]);
  if (change.frozen === false && clock.kind === 'virtual') {
    return badInput([{ path: 'frozen', message: 'A virtual clock stands still until told' }]);
  }
  if (change.frozen === true) clock.freeze();
  if (atMs !== undefined) clock.set(atMs);
  if (change.frozen === false) clock.thaw();
  await services.settle();
  return showClock(services);
}

export async function advanceClock(services: Services, c: EmulatorContext): Promise<Reply> {
  const advance = await controlBody(c, clockAdvanceSchema);
  if (advance instanceof Reply) return advance;
  const { clock } = services;
  if (clock.now() + advance.ms > TIME_MS_MAX) return badInput([{ path: 'ms', message: 'Leads beyond the last date' }]);
  await services.advance(advance.ms);
  return showClock(services);
}
