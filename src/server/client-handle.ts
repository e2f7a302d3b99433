/** One client code of an emulator: the same methods, with the code filled in. */
import { type BoundHandle, boundHandleOf } from './harness/handle.ts';
import { clientCode } from './harness/judged-fields.ts';
import { type Operations, OPERATIONS } from './harness/operations.ts';
import type { Services } from './http/services.ts';
import type { ClientClock } from './runtime/client-clocks.ts';

/**
 * What `emulator.client()` gives: the emulator's methods for one client code, which is the path segment of its requests.
 * Time passes for it alone. Snapshots are the whole emulator's; the emulator's clock is set and stopped by its own handle.
 */
export interface ClientHandle extends Omit<BoundHandle<Operations>, 'dropClient' | 'changeClock'> {
  readonly code: string;
  /** Its own: the emulator's, and ahead of it by what was let pass here. `advance` jumps, and applies nothing. */
  readonly clock: ClientClock;
  /**
   * The client code and all it owns are gone at once, however much it is.
   *
   * @example
   * await client.drop();
   */
  drop(): Promise<void>;
}

export function clientHandle(services: Services, code: string): ClientHandle {
  const {
    dropClient: drop,
    changeClock: _,
    ...methods
  } = boundHandleOf(services, OPERATIONS, clientCode().parse(code));
  return { ...methods, code, clock: services.clocks.of(code), drop };
}
