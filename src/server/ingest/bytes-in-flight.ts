/** Bytes of bodies that are on their way, by sender and in all: what is not yet accepted is in no other bound. */
import { bytesInFlightBound } from '../../protocol/rules/limits.ts';
import type { Rejection } from '../../protocol/vocabulary/index.ts';

export type BytesInFlight = ReturnType<typeof bytesInFlight>;

export type Flight = ReturnType<BytesInFlight['begin']>;

export class TooMuchInFlight extends Error {
  override readonly name = 'TooMuchInFlight';
  readonly rejection: Rejection;

  constructor(rejection: Rejection) {
    super(rejection.message);
    this.rejection = rejection;
  }
}

export function bytesInFlight(bound = bytesInFlightBound) {
  const bySender = new Map<string, number>();
  let all = 0;
  const add = (sender: string, bytes: number) => {
    all += bytes;
    const left = (bySender.get(sender) ?? 0) + bytes;
    if (left === 0) bySender.delete(sender);
    else bySender.set(sender, left);
    return left;
  };
  return {
    /** In all, for whoever adds what waits already. */
    bytes: () => all,
    /** One body. */
    begin(sender: string) {
      let own = 0;
      return {
        /** Throws `TooMuchInFlight` where that is more than may be. */
        arrived(bytes: number): void {
          own += bytes;
          const refusal = bound(add(sender, bytes), all);
          if (refusal !== undefined) throw new TooMuchInFlight(refusal);
        },
        /** It is taken in or given up. */
        end(): void {
          if (own > 0) add(sender, -own);
          own = 0;
        },
      };
    },
  };
}
