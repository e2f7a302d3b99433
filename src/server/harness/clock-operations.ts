/** Time and work: the clock read, moved, stopped, and what falls due applied before the answer. */
import { z } from 'zod';
import type { Services } from '../http/services.ts';
import { TIME_MS_MAX } from '../runtime/steered-clock.ts';
import type { StepResult } from '../store/store.ts';
import { isoTime } from './iso-time.ts';
import { operation } from './operation.ts';
import { refuseInput } from './refusals.ts';
import * as replies from './replies.ts';

const time = z.union([z.iso.datetime({ offset: true }), z.int().min(0).max(TIME_MS_MAX)], {
  error: 'Must be a time like 2026-01-01T00:00:00Z, or whole milliseconds since 1970',
});

const clockChange = z
  .strictObject({ now: time.optional(), frozen: z.boolean().optional() })
  .describe('Sets the time, stops the clock or lets it go on; a virtual clock always stands.');

const clockAdvance = z
  .strictObject({ ms: z.int().min(0).max(TIME_MS_MAX) })
  .describe('Moves the clock on by so many milliseconds.');

/** What to do with the clock. `now` is a time as ISO 8601 writes it, or milliseconds since 1970. */
export interface ClockChange extends z.input<typeof clockChange> {}

export const clockOperations = {
  /**
   * Sets, stops or starts the clock, and applies what is due then, at the new time. (`clock` itself jumps and applies
   * nothing; `advance` lets time pass.) Rejects with a `ZodError` that names each wrong field.
   *
   * @example
   * await emulator.changeClock({ now: '2026-01-01T00:00:00Z', frozen: true });
   */
  changeClock: operation({
    route: 'PUT /clock',
    sentence: 'Sets, stops or starts the clock, and applies what fell due, at the new time.',
    body: clockChange,
    replies: { 200: replies.clock },
    isAsync: true,
    asked: (change: ClockChange) => ({ body: change }),
    does: async ({ clock, settle }, { body: { now, frozen } }): Promise<void> => {
      const atMs = typeof now === 'string' ? Date.parse(now) : now;
      if (atMs !== undefined && atMs < 0) refuseInput({ path: ['now'], message: 'Must not be before 1970' });
      if (atMs !== undefined && atMs > TIME_MS_MAX)
        refuseInput({ path: ['now'], message: 'Must not be after the year 8999' });
      if (frozen === false && clock.kind === 'virtual') {
        refuseInput({ path: ['frozen'], message: 'A virtual clock stands still until told' });
      }
      if (frozen === true) clock.freeze();
      if (atMs !== undefined) clock.set(atMs);
      if (frozen === false) clock.thaw();
      await settle();
    },
    tells: (_, services) => clockJson(services),
  }),
  /**
   * How the clock stands, as the control API tells it; `clock` is the clock itself.
   *
   * @example
   * emulator.clockNow(); // { kind: 'virtual', now: '2026-01-01T00:00:00.000Z', ms: 1767225600000, frozen: true }
   */
  clockNow: operation({
    route: 'GET /clock',
    sentence: 'The time, and whether it stands.',
    replies: { 200: replies.clock },
    does: (services) => clockJson(services),
  }),
  /**
   * Lets time pass, in milliseconds: what falls due on the way is applied at its own time. 24 hours take a millisecond.
   * Rejects with a `ZodError` where `ms` is no whole number, is negative or leads beyond the last date.
   *
   * @example
   * await emulator.advance(24 * 60 * 60 * 1000);
   */
  advance: operation({
    route: 'POST /clock/advance',
    sentence: 'Moves the clock on, and applies what fell due, each batch at its own time.',
    body: clockAdvance,
    replies: { 200: replies.clock },
    isAsync: true,
    asked: (ms: number) => ({ body: { ms } }),
    does: async ({ clock, advance }, { body: { ms } }): Promise<void> => {
      if (clock.now() + ms > TIME_MS_MAX) refuseInput({ path: ['ms'], message: 'Leads beyond the last date' });
      await advance(ms);
    },
    tells: (_, services) => clockJson(services),
  }),
  /**
   * Applies one slice of what is due: resolves to its rows, the batches it completed, and whether more is due.
   *
   * @example
   * const { rows, completed, more } = await emulator.step();
   */
  step: operation({
    route: 'POST /step',
    sentence: 'Applies one slice of what is due.',
    replies: { 200: replies.step },
    isAsync: true,
    does: ({ step }): Promise<StepResult> => step(),
    tells: ({ rows, completed, more }) => ({ rows, completed, more }),
  }),
  /**
   * Applies slices until nothing more is due. After it, profiles are as every accepted batch that is due left them.
   *
   * @example
   * await emulator.drain();
   */
  drain: operation({
    route: 'POST /drain',
    sentence: 'Applies all that is due.',
    replies: { 204: null },
    isAsync: true,
    does: ({ drain }): Promise<void> => drain(),
  }),
};

function clockJson({ clock }: Services) {
  return { kind: clock.kind, now: isoTime(clock.now()), ms: clock.now(), frozen: clock.isFrozen() };
}
