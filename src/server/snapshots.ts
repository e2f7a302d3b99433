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

export type Snapshots = ReturnType<typeof snapshotsOf>;

/** `others` can remember how they stand, and go back to that. */
export function snapshotsOf(
  { writer, reader, clock, kick }: Pick<Services, 'writer' | 'reader' | 'clock' | 'kick'>,
  others: readonly { remember?(): () => void }[],
) {
  const kept = new Map<number, Snapshot & { readonly goBack: readonly (() => void)[] }>();

  return {
    async take(): Promise<Snapshot> {
      const goBack = others.flatMap((other) => other.remember?.() ?? []);
      const takenAt = clock.now();
      const { id, bytes } = await writer.takeSnapshot();
      kept.set(id, { id, takenAt, bytes, goBack });
      return { id, takenAt, bytes };
    },
    /** As often as you like. False where there is no such snapshot (any more). */
    async restore(id: number): Promise<boolean> {
      const found = kept.get(id);
      if (found === undefined || !(await writer.restoreSnapshot(id))) return false;
      reader.forget();
      for (const back of found.goBack) back();
      // A clock that runs belongs to the world outside, and goes on.
      if (clock.isFrozen()) clock.set(found.takenAt);
      kick();
      return true;
    },
    async discard(id: number): Promise<void> {
      if (kept.delete(id)) await writer.dropSnapshot(id);
    },
    list: (): readonly Snapshot[] => Array.from(kept.values(), ({ id, takenAt, bytes }) => ({ id, takenAt, bytes })),
  };
}
