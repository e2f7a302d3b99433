/** The calls of an account, shared by every process that has the same state folder. */
import type { Database } from 'better-sqlite3';
import { type Clock, epochMs } from '../runtime/clock.ts';
import type { CallLedger, LedgerCall } from '../send/call-ledger.ts';
import { PACE_WINDOW_MS } from '../send/pace-delay.ts';

export function storedLedger(database: Database, account: string, clock: Clock): CallLedger {
  const forget = database.prepare('DELETE FROM call WHERE account = ? AND (atMs <= ? OR atMs > ?)');
  const insert = database.prepare('INSERT INTO call (account, atMs, kind) VALUES (?, ?, ?)');
  const select = database.prepare<[string, number, number], LedgerCall>(
    'SELECT atMs, kind FROM call WHERE account = ? AND atMs > ? AND atMs <= ? ORDER BY atMs',
  );
  const closed = database.prepare<[string], number>('SELECT closedUntilMs FROM account WHERE name = ?').pluck();
  const close = database.prepare(
    'INSERT INTO account (name, closedUntilMs) VALUES (?, ?) ON CONFLICT DO UPDATE SET closedUntilMs = max(closedUntilMs, excluded.closedUntilMs)',
  );
  const now = () => epochMs(clock);
  return {
    now,
    exclusively: (step) => database.transaction(step).immediate(),
    // A clock that was set back makes calls of the future: nobody waits for those.
    calls: () => select.all(account, now() - PACE_WINDOW_MS, now()),
    add({ atMs, kind }) {
      forget.run(account, atMs - PACE_WINDOW_MS, atMs);
      insert.run(account, atMs, kind);
    },
    closedUntilMs: () => {
      const untilMs = closed.get(account) ?? -Infinity;
      return untilMs - now() > CLOSED_MS_MAX ? -Infinity : untilMs;
    },
    close: (untilMs) => void close.run(account, untilMs),
  };
}

/** Nothing closes a window for longer (retry-after.ts, with its jitter); what says so was written by another clock. */
const CLOSED_MS_MAX = 2 * 60 * 60_000;
