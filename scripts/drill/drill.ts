/** What a drill is: something that hurts, done again and again from a seed, and what was seen afterwards. */

export interface Drill {
  readonly name: string;
  /** What is done to the emulator, as a sentence for the table. */
  readonly sentence: string;
  /** What `amount` counts: kills, requests, hours. */
  readonly unit: string;
  /** The amount within `npm test`, and that of `npm run drill`. */
  readonly quick: number;
  readonly full: number;
  run(asked: DrillRun): Promise<DrillResult>;
}

export interface DrillRun {
  readonly seed: number;
  /** How much of it, in the drill's own unit. */
  readonly amount: number;
  /** True once the time is up: a drill looks before each round, and tells how far it came. */
  readonly isOver: () => boolean;
  /** A line of progress. */
  readonly tell: (line: string) => void;
}

export interface DrillResult {
  /** What was counted and measured, by name, with the unit in the name: `kills`, `healthMs`. */
  readonly figures: Readonly<Record<string, number>>;
  /** Each broken promise, as a sentence. None is what is hoped for. */
  readonly failures: readonly string[];
  /** Why all or a part of it could not be tried here. */
  readonly skipped?: string | undefined;
}
