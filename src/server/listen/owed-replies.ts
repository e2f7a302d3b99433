/** Which requests are still to be answered, and which replies are still to be read: for whoever closes. */
import type { Socket } from 'node:net';
import { hangUp, isUnfinished } from '../http/http2-stream.ts';
import { atMost } from '../runtime/waits.ts';
import type { OpenExchange } from './open-exchange.ts';

export type OwedReplies = ReturnType<typeof owedReplies>;

/** How long closing waits for replies to be read. */
const UNREAD_REPLIES_MS_MAX = 2_000;

export function owedReplies() {
  /**
   * An array with holes. A Set would leave a dead table behind with every few requests, and those that stood in it would
   * look alive to the quick collections: a major one had to come for each.
   */
  const unanswered: (OpenExchange | undefined)[] = [];
  const holes: number[] = [];
  /** Handed over is not taken: large replies wait in their socket until they are read. */
  let untaken = 0;
  /** Look again whenever a request is done with. */
  const waiting = new Set<() => void>();
  const isAllAnswered = () => holes.length === unanswered.length;
  const lookAgain = () => {
    for (const look of waiting) look();
  };
  const taken = () => {
    untaken -= 1;
    lookAgain();
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
    opened(exchange: OpenExchange): void {
      exchange.place = holes.pop() ?? unanswered.length;
      unanswered[exchange.place] = exchange;
      untaken += 1;
      exchange.whenLeft(taken);
    },
    /** Nothing is done for it any more, its sender still there or not. */
    answered({ place }: OpenExchange): void {
      unanswered[place] = undefined;
      holes.push(place);
      lookAgain();
    },
    /** Resolves when the requests that came whole over this connection are answered; undefined where none waits. */
    over(socket: Socket): Promise<unknown> | undefined {
      const whole = unanswered.filter((exchange) => exchange?.incoming.socket === socket && exchange.incoming.complete);
      const left = whole.map((exchange) => new Promise<void>((resolve) => exchange?.whenLeft(resolve)));
      return left.length === 0 ? undefined : Promise.all(left);
    },
    /** Those whose body is still on its way. */
    cutUnfinished(): void {
      for (const exchange of unanswered)
        if (exchange !== undefined && isUnfinished(exchange.incoming)) hangUp(exchange.incoming);
    },
    allAnswered: () => until(isAllAnswered),
    /** Resolves when each reply has also left for its reader, or some reader has been waited for long enough. */
    allTakenOrGivenUp: () =>
      atMost(
        UNREAD_REPLIES_MS_MAX,
        until(() => isAllAnswered() && untaken === 0),
      ),
  };
}
