/** Snapshots of a whole emulator: what is stored, and what it remembers besides: calls, polls, chance, a clock that stands. */
import type { Services } from './http/services.ts';

/** A whole emulator at one moment. It lives in that emulator, until it is discarded or the emulator is closed. */
export interface Snapshot {
  readonly id: number;
  /** By the emulator's clock, in milliseconds. */
  readonly takenAt: number;
  /** What it counts against the bound of all snapshots: 8, and 1 GiB. */
  readonly bytes: number;
}

interface Moment {
  readonly takenAt: number;
  /** The others are as they were then. */
  readonly recall: () => void;
}

export type Snapshots = ReturnType<typeof snapshotsOf>;

/** `others` can remember how they stand, and go back to that. */
export function snapshotsOf(
  { writer, reader, clock }: Pick<Services, 'writer' | 'reader' | 'clock'>,
  others: readonly { remember?(): () => void }[],
  onRestored: () => void,
) {
  const kept = new Map<number, Snapshot & Moment>();
  let underWay: Promise<boolean> | undefined;
  let begun = 0;
  const thisMoment = (): Moment => {
    const recalls = others.flatMap((other) => other.remember?.() ?? []);
    return { takenAt: clock.now(), recall: () => recalls.forEach((recall) => recall()) };
  };
  const goTo = ({ takenAt, recall }: Moment) => {
    // A clock that runs belongs to the world outside, and goes on.
    if (clock.isFrozen()) clock.set(takenAt);
    recall();
  };

  const goBack = async (id: number): Promise<boolean> => {
    const found = kept.get(id);
    if (found === undefined) return false;
    begun += 1;
    const before = thisMoment();
    // What the writer is asked for from here on it does afterwards: the time, ids and counts in that are those of then.
    goTo(found);
    let isRestored = false;
    try {
      isRestored = await writer.restoreSnapshot(id);
    } finally {
      if (!isRestored) goTo(before);
    }
    if (!isRestored) return false;
    reader.forget();
    onRestored();
    return true;
  };

  return {
    async take(): Promise<Snapshot> {
      const moment = thisMoment();
      const { id, bytes } = await writer.takeSnapshot();
      kept.set(id, { id, bytes, ...moment });
      return { id, takenAt: moment.takenAt, bytes };
    },
    /** As often as you like. False where there is no such snapshot (any more). */
    async restore(id: number): Promise<boolean> {
      // One after the other: one that fails goes forward again to what was there before it, and nothing else.
      while (underWay !== undefined) await underWay.catch(() => undefined);
      const mine = goBack(id);
      underWay = mine;
      try {
        return await mine;
      } finally {
        underWay = undefined;
      }
    },
    /** How many restores were begun so far. */
    begun: (): number => begun,
    async discard(id: number): Promise<void> {
      if (kept.delete(id)) await writer.dropSnapshot(id);
    },
    list: (): readonly Snapshot[] => Array.from(kept.values(), ({ id, takenAt, bytes }) => ({ id, takenAt, bytes })),
  };
}
