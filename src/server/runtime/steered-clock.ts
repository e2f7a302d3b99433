/** The clock that the whole emulator reads, with a handle on it: any clock becomes one that can be moved and stopped. */
import type { Clock, VirtualClock } from './clock.ts';
import { shiftedClocks } from './shifted-clock.ts';

export interface SteeredClock extends Clock {
  /** `virtual` stands still until told; `real` goes on by itself, from wherever it was put. */
  readonly kind: 'real' | 'virtual';
  isFrozen(): boolean;
  /** Moves on by `ms` (0 or more), waking what falls due. Apply it with `drain()`. */
  advance(ms: number): void;
  /** Jumps to a time, back as well; a real clock goes on from there. */
  set(atMs: number): void;
  /** Stops where it is. A virtual clock stands anyway. */
  freeze(): void;
  /** Goes on from where it stands. Throws for a virtual clock: nothing but a call ever moves that. */
  thaw(): void;
}

/** The first of January 9000: every wait and lifetime from there ends before the last year that JSON's times can write. */
export const TIME_MS_MAX = Date.UTC(9000, 0, 1);

export function steeredClock(clock: Clock | VirtualClock): SteeredClock {
  checkedTime(clock.now());
  return 'advance' in clock && 'set' in clock ? steeredVirtual(clock) : steeredReal(clock);
}

function steeredVirtual(clock: VirtualClock): SteeredClock {
  return {
    kind: 'virtual',
    now: clock.now,
    wakeAt: clock.wakeAt,
    isFrozen: () => true,
    advance: (ms) => clock.set(checkedTime(clock.now() + checkedSpan(ms))),
    set: (atMs) => clock.set(checkedTime(atMs)),
    freeze: () => {},
    thaw() {
      throw new TypeError('A virtual clock stands still until told: advance() moves it.');
    },
  };
}

/** The machine's time and an offset, or one moment while it is frozen. */
function steeredReal(machine: Clock): SteeredClock {
  let offsetMs = 0;
  let frozenAt: number | undefined;
  const now = () => frozenAt ?? machine.now() + offsetMs;
  const { clock, moved } = shiftedClocks(machine);
  const set = (atMs: number) => {
    if (frozenAt === undefined) offsetMs = checkedTime(atMs) - machine.now();
    else frozenAt = checkedTime(atMs);
    moved();
  };
  return {
    kind: 'real',
    ...clock(now, (atMs) => (frozenAt === undefined ? atMs - offsetMs : undefined)),
    isFrozen: () => frozenAt !== undefined,
    advance: (ms) => set(now() + checkedSpan(ms)),
    set,
    freeze() {
      frozenAt ??= now();
      moved();
    },
    thaw() {
      if (frozenAt === undefined) return;
      offsetMs = frozenAt - machine.now();
      frozenAt = undefined;
      moved();
    },
  };
}

export function checkedSpan(ms: number): number {
  if (Number.isSafeInteger(ms) && ms >= 0) return ms;
  throw new RangeError(`A clock moves on by whole milliseconds, 0 or more, and not by ${ms}; set() moves it back.`);
}

export function checkedTime(atMs: number): number {
  if (Number.isSafeInteger(atMs) && atMs >= 0 && atMs <= TIME_MS_MAX) return atMs;
  throw new RangeError(`${atMs} is no time: whole milliseconds since 1970, at most ${TIME_MS_MAX}.`);
}
