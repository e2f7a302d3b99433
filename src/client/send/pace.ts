/** The turnstile every call goes through: calls a minute, a fifth of them for questions, closed windows; and who remembers them. */
import { type Clock, epochMs } from '../runtime/clock.ts';
import type { Progress } from '../progress.ts';
import type { JobDatabase } from '../jobs/job-database.ts';

export type CallKind = 'submit' | 'ask';

export type LedgerCall = Readonly<{ atMs: number; kind: CallKind }>;

/** The calls of the last minute, and the window that the service has closed. */
export interface CallLedger {
  /** The clock all times in it belong to. */
  now(): number;
  /** Runs as one step that nobody else comes between. */
  exclusively<Result>(step: () => Result): Result;
  /** At least those of the last minute, oldest first. */
  calls(): readonly LedgerCall[];
  add(call: LedgerCall): void;
  closedUntilMs(): number;
  /** Never earlier than before. */
  close(untilMs: number): void;
}

export interface PaceDelay {
  /** 0 or less for none. */
  readonly ms: number;
  readonly reason: 'window-closed' | 'calls-per-minute' | 'questions-per-minute';
}

/** One for each account. */
export class Pace {
  readonly #clock: Clock;
  readonly #callsPerMinute: number;
  readonly #ledger: CallLedger;

  constructor(clock: Clock, callsPerMinute: number, ledger?: CallLedger) {
    this.#clock = clock;
    this.#callsPerMinute = callsPerMinute;
    this.#ledger = ledger ?? memoryLedger(clock, Number.isFinite(callsPerMinute) ? callsPerMinute : 0);
  }

  /** No call before `afterMs` have passed. */
  closeWindow(afterMs: number): void {
    this.#ledger.close(this.#ledger.now() + afterMs);
  }

  /** How long the next call has to wait, and why. */
  delay(kind: CallKind): PaceDelay {
    const nowMs = this.#ledger.now();
    const delays: PaceDelay[] = [{ ms: this.#ledger.closedUntilMs() - nowMs, reason: 'window-closed' }];
    const most = this.#callsPerMinute;
    if (most !== Infinity) {
      const calls = this.#ledger.calls();
      const waitMs = (times: readonly number[], bound: number) => paceDelayMs(times, nowMs, bound);
      delays.push({ ms: waitMs(timesOf(calls), most), reason: 'calls-per-minute' });
      const asked = timesOf(calls.filter((call) => call.kind === 'ask'));
      if (kind === 'ask') delays.push({ ms: waitMs(asked, questionsPerMinute(most)), reason: 'questions-per-minute' });
    }
    return delays.reduce((longest, delay) => (delay.ms > longest.ms ? delay : longest));
  }

  /** Calls that may still be made this minute; undefined where nothing limits them. */
  left(): number | undefined {
    if (this.#callsPerMinute === Infinity) return undefined;
    const sinceMs = this.#ledger.now() - PACE_WINDOW_MS;
    const made = this.#ledger.calls().filter(({ atMs }) => atMs > sinceMs).length;
    return Math.max(0, this.#callsPerMinute - made);
  }

  /** Resolves when a call may be made, and counts it. */
  async turn(kind: CallKind, signal?: AbortSignal, onProgress?: (progress: Progress) => void): Promise<void> {
    for (;;) {
      signal?.throwIfAborted();
      const { ms, reason } = this.#ledger.exclusively(() => {
        const delay = this.delay(kind);
        if (delay.ms <= 0 && this.#callsPerMinute !== Infinity) this.#ledger.add({ atMs: this.#ledger.now(), kind });
        return delay;
      });
      if (ms <= 0) return;
      onProgress?.({ kind: 'pacing', ms, reason });
      await this.#clock.sleep(ms, signal);
    }
  }
}

const timesOf = (calls: readonly LedgerCall[]) => calls.map(({ atMs }) => atMs);

/** A fifth: whatever waits for its end must leave room for what is still to be sent. */
const questionsPerMinute = (callsPerMinute: number) => Math.max(1, Math.floor(callsPerMinute / 5));

export const PACE_WINDOW_MS = 60_000;

/** So that no minute ever holds too many: a sliding window. `callTimes` are those of earlier calls, oldest first. */
export function paceDelayMs(callTimes: readonly number[], nowMs: number, callsPerMinute: number): number {
  if (callTimes.length < callsPerMinute) return 0;
  // The call that must have left the window before another may be made.
  const blocking = callTimes[callTimes.length - callsPerMinute]!;
  return Math.max(0, blocking + PACE_WINDOW_MS - nowMs);
}

/** Of one process, which forgets it. */
export function memoryLedger(clock: Clock, callsKept: number): CallLedger {
  let calls: LedgerCall[] = [];
  let closedUntilMs = -Infinity;
  return {
    now: () => clock.now(),
    exclusively: (step) => step(),
    calls: () => calls,
    add(call) {
      calls = [...calls, call].slice(-callsKept);
    },
    closedUntilMs: () => closedUntilMs,
    close(untilMs) {
      closedUntilMs = Math.max(closedUntilMs, untilMs);
    },
  };
}

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
