/** What a role that runs until it is told to stop agrees with its parent. */

export interface Lifecycle {
  /** Tells the parent that the role is under way. */
  readonly ready: () => void;
  readonly stopped: Promise<void>;
}
