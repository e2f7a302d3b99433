/** Whatever a case can be run against: the system, what of it cannot be had, and who clears up. */
import type { Port } from '../../../src/sim/index.ts';
import type { ConformanceCase, Step } from './case.ts';

export interface Target {
  readonly name: string;
  /**
   * Why this target cannot take a step; undefined where it can. A step that changes something and cannot be taken skips
   * the whole case; one that only looks is left out.
   */
  cannot(step: Step): string | undefined;
  /** Why the case's options cannot be had. */
  cannotHave(options: ConformanceCase['options']): string | undefined;
  /** A system where none of the case's client codes exists. */
  open(conformanceCase: ConformanceCase): Promise<Session>;
}

/** One case on one target. */
export interface Session {
  readonly port: Port;
  /** Host and port of links, for a request that named no host of its own. */
  readonly authority: string;
  /** The clock moves by the case's steps alone: times in replies are known to the millisecond. */
  readonly isClockOurs: boolean;
  /** What no document words, it words in its own way. */
  readonly hasOwnWords?: boolean;
  close(): Promise<void>;
}
