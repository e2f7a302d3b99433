/** Which requests are still to be answered, and which replies are still to be read: for whoever closes. */
import { hangUp, type Incoming, isUnfinished } from '../http/http2-stream.ts';
import { realClock } from '../runtime/clock.ts';
import { clockWaits } from '../runtime/waits.ts';
import type { OpenExchange } from './open-exchange.ts';

export interface OwedReplies {
  opened(exchange: OpenExchange): void;
  /** Nothing is done for it any more, its sender still there or not. */
  answered(incoming: Incoming): void;
  /** Those whose body is still on its way. */
  cutUnfinished(): void;
  allAnswered(): Promise<void>;
  /** Resolves when each reply has also left for its reader, or some reader has been waited for long enough. */
  allTakenOrGivenUp(): Promise<void>;
}

/** How long closing waits for replies to be read. */
const UNREAD_REPLIES_MS_MAX = 2_000;

export function owedReplies(): OwedReplies {
  const unanswered = new Set<Incoming>();
  /** Handed over is not taken: large replies wait in their socket until they are read. */
  const untaken = new Set<Incoming>();
  /** Look again whenever a request is done with. */
  const waiting = new Set<() => void>();
  const done = (requests: Set<Incoming>, incoming: Incoming) => {
    requests.delete(incoming);
    for (const look of waiting) look();
  };
  const until = (isSo: () => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!isSo()) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });

  return {
    opened({ incoming, whenLeft }) {
      unanswered.add(incoming);
      untaken.add(incoming);
      whenLeft(() => done(untaken, incoming));
    },
    answered: (incoming) => done(unanswered, incoming),
    cutUnfinished() {
      for (const incoming of unanswered) if (isUnfinished(incoming)) hangUp(incoming);
    },
    allAnswered: () => until(() => unanswered.size === 0),
    async allTakenOrGivenUp() {
      const waits = clockWaits(realClock());
      const taken = until(() => unanswered.size + untaken.size === 0);
      await Promise.race([taken, waits.sleep(UNREAD_REPLIES_MS_MAX)]);
      waits.end();
    },
  };
}
