/** One client code of an emulator: the same methods, with the code filled in. */
import { type BoundHandle, boundHandleOf } from './harness/handle.ts';
import { clientCode } from './harness/judged-fields.ts';
import { type Operations, OPERATIONS } from './harness/operations.ts';
import type { Services } from './http/services.ts';
import type { SteeredClock } from './runtime/steered-clock.ts';

/**
 * What `emulator.client()` gives: the emulator's methods for one client code, which is the path segment of its requests.
 * Those that are about no client code (`explainRow`, `advance`, `step`, …) are the emulator's own.
 */
export interface ClientHandle extends Omit<BoundHandle<Operations>, 'dropClient'> {
  readonly code: string;
  /** The emulator's: there is one for all client codes. */
  readonly clock: SteeredClock;
  /**
   * The client code and all it owns are gone at once, however much it is.
   *
   * @example
   * await client.drop();
   */
  drop(): Promise<void>;
}

export function clientHandle(services: Services, code: string): ClientHandle {
  const { dropClient: drop, ...methods } = boundHandleOf(services, OPERATIONS, clientCode.parse(code));
  return { ...methods, code, clock: services.clock, drop };
}
