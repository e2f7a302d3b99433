/** How long a profile lives without activity. */
import { DAY_MS, type Settings } from '../vocabulary/index.ts';
import { BULK, type DecidingRule, documented, ours } from './rule.ts';

/** Whether a profile's lifetime has run out: it is then treated as not existing. */
export const life14d: DecidingRule<
  (lastActivityAt: number, now: number, settings: Pick<Settings, 'profileLifetimeDays'>) => boolean
> = {
  id: 'life-14d',
  statement: 'A profile expires after 14 days without activity; support extends that to 90 at most.',
  ...documented('LIFE', ...BULK, 'single-update', 'fetch', 'delivery'),
  setting: 'profileLifetimeDays',
  contradiction: 'life-90-delete: 90 days by default.',
  note: 'Ours: after exactly that time it still lives.',
  decide: (lastActivityAt, now, settings) => now > livesUntil(lastActivityAt, settings),
};

/** The last moment at which it still lives, unless something touches it before. */
export const livesUntil = (lastActivityAt: number, { profileLifetimeDays }: Pick<Settings, 'profileLifetimeDays'>) =>
  lastActivityAt + profileLifetimeDays * DAY_MS;

/** What happens to a profile, as far as its lifetime is concerned. */
export type Activity = 'creation' | 'write' | 'visit' | 'read';

/** Whether it starts the lifetime anew. */
export const ourLifetimeTouch: DecidingRule<(activity: Activity, reading: Settings['lifetimeRestartsOn']) => boolean> =
  {
    id: 'our-lifetime-touch',
    statement:
      "Creation, visits and writes by any API restart a profile's lifetime, by setting creation and visits only; fetches and status requests never do.",
    ...ours('Q12; CSFAQ; life-api-touch', ...BULK, 'single-update', 'fetch', 'delivery'),
    setting: 'lifetimeRestartsOn',
    decide: (activity, reading) =>
      activity === 'creation' || activity === 'visit' || (activity === 'write' && reading === 'any-write'),
  };
