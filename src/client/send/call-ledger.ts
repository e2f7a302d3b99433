/** The calls of the last minute, and the window that the service has closed: what a pace is reckoned from. */
import type { Clock } from '../runtime/clock.ts';

export type CallKind = 'submit' | 'ask';

export interface LedgerCall {
  readonly atMs: number;
  readonly kind: CallKind;
}

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
