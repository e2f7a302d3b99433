/** The turnstile every call goes through: calls a minute, a fifth of them for questions, and windows the service has closed. */
import type { Clock } from '../runtime/clock.ts';
import type { Progress } from '../progress.ts';
import { type CallKind, type CallLedger, memoryLedger } from './call-ledger.ts';

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
    const closed: PaceDelay = { ms: this.#ledger.closedUntilMs() - nowMs, reason: 'window-closed' };
    if (this.#callsPerMinute === Infinity) return closed;
    const calls = this.#ledger.calls();
    const delayFor = (times: readonly number[], most: number) => paceDelayMs(times, nowMs, most);
    const delays: PaceDelay[] = [
      closed,
      { ms: delayFor(times(calls), this.#callsPerMinute), reason: 'calls-per-minute' },
    ];
    if (kind === 'ask') {
      const asked = times(calls.filter((call) => call.kind === 'ask'));
      delays.push({ ms: delayFor(asked, questionsPerMinute(this.#callsPerMinute)), reason: 'questions-per-minute' });
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
      const { ms, reason } = this.#ledger.exclusively(() => this.#take(kind));
      if (ms <= 0) return;
      onProgress?.({ kind: 'pacing', ms, reason });
      await this.#clock.sleep(ms, signal);
    }
  }

  #take(kind: CallKind): PaceDelay {
    const delay = this.delay(kind);
    if (delay.ms <= 0 && this.#callsPerMinute !== Infinity) this.#ledger.add({ atMs: this.#ledger.now(), kind });
    return delay;
  }
}

/** A fifth: whatever waits for its end must leave room for what is still to be sent. */
export function questionsPerMinute(callsPerMinute: number): number {
  return Math.max(1, Math.floor(callsPerMinute / 5));
}

const times = (calls: readonly { readonly atMs: number }[]) => calls.map(({ atMs }) => atMs);

export const PACE_WINDOW_MS = 60_000;

/** So that no minute ever holds too many: a sliding window. `callTimes` are those of earlier calls, oldest first. */
export function paceDelayMs(callTimes: readonly number[], nowMs: number, callsPerMinute: number): number {
  if (callTimes.length < callsPerMinute) return 0;
  // The call that must have left the window before another may be made.
  const blocking = callTimes[callTimes.length - callsPerMinute]!;
  return Math.max(0, blocking + PACE_WINDOW_MS - nowMs);
}
