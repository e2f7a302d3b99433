/** Time and work: the clock read, moved, stopped, and what falls due applied before the answer. */
import { z } from 'zod';
import type { Services } from '../http/services.ts';
import { CLIENTS_AHEAD_MAX } from '../runtime/client-clocks.ts';
import { TIME_MS_MAX } from '../runtime/steered-clock.ts';
import type { StepResult } from '../store/store.ts';
import { ofOneOrAll } from './judged-fields.ts';
import { once } from '../runtime/once.ts';
import { operation } from './operation.ts';
import { refuseIf } from '../input-issues.ts';
import { isoTime } from './as-json.ts';
import * as replies from './replies.ts';

const wholeMs = () => z.int().min(0).max(TIME_MS_MAX);
const time = () =>
  z.union([z.iso.datetime({ offset: true }), wholeMs()], {
    error: 'Must be a time like 2026-01-01T00:00:00Z, or whole milliseconds since 1970',
  });

const clockChange = once(() =>
  z
    .strictObject({ now: time().optional(), frozen: z.boolean().optional() })
    .describe('Sets the time, stops the clock or lets it go on; a virtual clock always stands.'),
);

/** What to do with the clock. `now` is a time as ISO 8601 writes it, or milliseconds since 1970. */
export interface ClockChange extends z.input<ReturnType<typeof clockChange>> {}

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
    takes: () => ({ body: clockChange() }),
    replies: { 200: replies.clock },
    asked: (change: ClockChange) => ({ body: change }),
    does: async ({ clock, clocks, settle }, { body: { now, frozen } }): Promise<void> => {
      const atMs = typeof now === 'string' ? Date.parse(now) : now;
      refuseIf((atMs ?? 0) < 0, 'now', 'Must not be before 1970');
      refuseIf((atMs ?? 0) + clocks.furthestMs() > TIME_MS_MAX, 'now', 'Must not be after the year 8999');
      refuseIf(frozen === false && clock.kind === 'virtual', 'frozen', 'A virtual clock stands still until told');
      if (frozen === true) clock.freeze();
      if (atMs !== undefined) clock.set(atMs);
      if (frozen === false) clock.thaw();
      await settle();
    },
    tells: (_, services) => clockJson(services),
  }),
  /**
   * How the clock stands, as the control API tells it: the emulator's, or a client code's own; `clock` is the clock itself.
   *
   * @example
   * emulator.clockNow(); // { kind: 'virtual', now: '2026-01-01T00:00:00.000Z', ms: 1767225600000, aheadMs: 0, frozen: true }
   */
  clockNow: operation({
    route: ['GET /clock', 'GET /clients/{client}/clock'],
    sentence: "The time, whether it stands, and how far a client code's own clock is ahead of the emulator's.",
    ...ofOneOrAll,
    replies: { 200: replies.clock },
    does: (services, { client }) => clockJson(services, client),
  }),
  /**
   * Lets time pass, in milliseconds: what falls due on the way is applied at its own time. 24 hours take a millisecond.
   * For one client code its own clock moves on, and nobody else's: its batches, lifetimes and calls a minute. Rejects with a
   * `ZodError` where `ms` is no whole number, is negative or leads beyond the last date.
   *
   * @example
   * await emulator.advance(24 * 60 * 60 * 1000);
   * await emulator.client('demo').advance(24 * 60 * 60 * 1000); // two days from now for demo, one for everybody else
   */
  advance: operation({
    route: ['POST /clock/advance', 'POST /clients/{client}/clock/advance'],
    sentence: "Moves the clock on, or one client code's own, and applies what fell due, each batch at its own time.",
    takes: () => ({ ...ofOneOrAll.takes(), body: z.strictObject({ ms: wholeMs() }) }),
    replies: { 200: replies.clock },
    asked: (ms: number, client?: string) => ({ path: { client }, body: { ms } }),
    binds: (code: string, ms: number): [number, string?] => [ms, code],
    does: async ({ clock, clocks, advance }, { client, body: { ms } }): Promise<void> => {
      // Whoever is furthest ahead must not be led beyond it either.
      const aheadMs = client === undefined ? clocks.furthestMs() : clocks.aheadMs(client);
      refuseIf(clock.now() + aheadMs + ms > TIME_MS_MAX, 'ms', 'Leads beyond the last date');
      refuseIf(client !== undefined && !clocks.hasRoom(client), 'client', TOO_MANY_AHEAD);
      await advance(ms, client);
    },
    tells: (_, services, { client }) => clockJson(services, client),
  }),
  /**
   * Applies one slice of what is due, to all or to one client code: resolves to its rows, the batches it completed, and
   * whether more is due.
   *
   * @example
   * const { rows, completed, more } = await emulator.step();
   */
  step: operation({
    route: ['POST /step', 'POST /clients/{client}/step'],
    sentence: 'Applies one slice of what is due: of all, or of one client code.',
    ...ofOneOrAll,
    replies: { 200: replies.step },
    does: async ({ step }, { client }): Promise<StepResult> => step(client),
    tells: ({ rows, completed, more }) => ({ rows, completed, more }),
  }),
  /**
   * Applies slices until nothing more is due, to all or to one client code. After it, profiles are as every accepted batch
   * that is due left them.
   *
   * @example
   * await emulator.drain();
   */
  drain: operation({
    route: ['POST /drain', 'POST /clients/{client}/drain'],
    sentence: 'Applies all that is due: to everybody, or to one client code.',
    ...ofOneOrAll,
    does: async ({ drain }, { client }): Promise<void> => drain(client),
  }),
};

const TOO_MANY_AHEAD = `${CLIENTS_AHEAD_MAX} client codes have a clock of their own: drop some first`;

function clockJson({ clock, clocks }: Services, client?: string) {
  const aheadMs = clocks.aheadMs(client);
  const ms = clock.now() + aheadMs;
  return { kind: clock.kind, now: isoTime(ms), ms, aheadMs, frozen: clock.isFrozen() };
}
