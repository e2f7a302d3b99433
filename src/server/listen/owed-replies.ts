/** Which requests are still to be answered, and which replies are still to be read: for whoever closes. */
import { hangUp, type Incoming, isUnfinished } from '../http/http2-stream.ts';
import { realClock } from '../runtime/clock.ts';
import { clockWaits } from '../runtime/waits.ts';
import type { OpenExchange } from './open-exchange.ts';

export interface OwedReplies {
  /** Call what it returns when nothing is done for it any more, its sender still there or not. */
  opened(exchange: OpenExchange): () => void;
  /** Those whose body is still on its way. */
  cutUnfinished(): void;
  allAnswered(): Promise<void>;
  /** Resolves when each reply has also left for its reader, or some reader has been waited for long enough. */
  allTakenOrGivenUp(): Promise<void>;
}

/** How long closing waits for replies to be read. */
const UNREAD_REPLIES_MS_MAX = 2_000;

export function owedReplies(): OwedReplies {
  /**
   * An array with holes. A Set would leave a dead table behind with every few requests, and those that stood in it would
   * look alive to the quick collections: a major one had to come for each.
   */
  const unanswered: (Incoming | undefined)[] = [];
  const holes: number[] = [];
  /** Handed over is not taken: large replies wait in their socket until they are read. */
  let untaken = 0;
  /** Look again whenever a request is done with. */
  const waiting = new Set<() => void>();
  const isAllAnswered = () => holes.length === unanswered.length;
  const lookAgain = () => {
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
      const place = holes.pop() ?? unanswered.length;
      unanswered[place] = incoming;
      untaken += 1;
      whenLeft(() => {
        untaken -= 1;
        lookAgain();
      });
      return () => {
        unanswered[place] = undefined;
        holes.push(place);
        lookAgain();
      };
    },
    cutUnfinished() {
      for (const incoming of unanswered) if (incoming !== undefined && isUnfinished(incoming)) hangUp(incoming);
    },
    allAnswered: () => until(isAllAnswered),
    async allTakenOrGivenUp() {
      const waits = clockWaits();
      const taken = until(() => isAllAnswered() && untaken === 0);
      await Promise.race([taken, waits.sleep(UNREAD_REPLIES_MS_MAX, realClock())]);
      waits.end();
    },
  };
}
