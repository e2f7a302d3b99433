/** The calls of an account, shared by every process that has the same state folder. */
import { type Clock, epochMs } from '../runtime/clock.ts';
import type { CallLedger, LedgerCall } from '../send/pace.ts';
import { PACE_WINDOW_MS } from '../send/pace.ts';
import type { JobDatabase } from './job-database.ts';

export function storedLedger(database: JobDatabase, account: string, clock: Clock): CallLedger {
  const now = () => epochMs(clock);
  const between = 'account = ? AND atMs > ? AND atMs <= ?';
  return {
    now,
    exclusively: (step) => database.exclusively(step),
    // A clock that was set back makes calls of the future: nobody waits for those.
    calls: () =>
      database.all<LedgerCall>(`SELECT atMs, kind FROM call WHERE ${between} ORDER BY atMs`, [
        account,
        now() - PACE_WINDOW_MS,
        now(),
      ]),
    add({ atMs, kind }) {
      const old = `DELETE FROM call WHERE account = ? AND NOT (${between})`;
      database.run(old, [account, account, atMs - PACE_WINDOW_MS, atMs]);
      database.run('INSERT INTO call (account, atMs, kind) VALUES (?, ?, ?)', [account, atMs, kind]);
    },
    closedUntilMs: () => {
      const closed = 'SELECT closedUntilMs AS ms FROM account WHERE name = ?';
      const [{ ms } = { ms: -Infinity }] = database.all<{ readonly ms: number }>(closed, [account]);
      return ms - now() > CLOSED_MS_MAX ? -Infinity : ms;
    },
    close: (untilMs) =>
      database.run(
        'INSERT INTO account (name, closedUntilMs) VALUES (?, ?) ON CONFLICT DO UPDATE SET closedUntilMs = max(closedUntilMs, excluded.closedUntilMs)',
        [account, untilMs],
      ),
  };
}

/** Nothing closes a window for longer (`retryAfterMs`, with its jitter); what says so was written by another clock. */
const CLOSED_MS_MAX = 2 * 60 * 60_000;
