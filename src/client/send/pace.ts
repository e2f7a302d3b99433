/** The turnstile every call goes through: calls a minute, and windows the service has closed. */
import type { Clock } from '../runtime/clock.ts';
import type { Progress } from '../progress.ts';
import { paceDelayMs } from './pace-delay.ts';

export class Pace {
  readonly #clock: Clock;
  readonly #callsPerMinute: number;
  readonly #onProgress: ((progress: Progress) => void) | undefined;
  #callTimes: number[] = [];
  #closedUntilMs = -Infinity;

  constructor(clock: Clock, callsPerMinute: number, onProgress?: (progress: Progress) => void) {
    this.#clock = clock;
    this.#callsPerMinute = callsPerMinute;
    this.#onProgress = onProgress;
  }

  /** No call before `afterMs` have passed. */
  closeWindow(afterMs: number): void {
    this.#closedUntilMs = Math.max(this.#closedUntilMs, this.#clock.now() + afterMs);
  }

  /** How long the next call has to wait, and why; 0 or less for not at all. */
  delay(): { readonly ms: number; readonly reason: 'window-closed' | 'calls-per-minute' } {
    const nowMs = this.#clock.now();
    const closedMs = this.#closedUntilMs - nowMs;
    const paceMs = paceDelayMs(this.#callTimes, nowMs, this.#callsPerMinute);
    return closedMs >= paceMs ? { ms: closedMs, reason: 'window-closed' } : { ms: paceMs, reason: 'calls-per-minute' };
  }

  /** Resolves when a call may be made, and counts it. */
  async turn(signal: AbortSignal | undefined): Promise<void> {
    for (;;) {
      signal?.throwIfAborted();
      const { ms, reason } = this.delay();
      if (ms <= 0) break;
      this.#onProgress?.({ kind: 'pacing', ms, reason });
      await this.#clock.sleep(ms, signal);
    }
    if (this.#callsPerMinute === Infinity) return;
    this.#callTimes.push(this.#clock.now());
    this.#callTimes = this.#callTimes.slice(-this.#callsPerMinute);
  }
}
