/** Which requests are still to be answered, and which replies are still to be read: for whoever closes. */
import type { Socket } from 'node:net';
import { realClock } from '../runtime/clock.ts';
import type { OpenExchange } from './open-exchange.ts';

export interface OwedReplies {
  opened(exchange: OpenExchange): void;
  /** Nothing is done for it any more, its sender still there or not. */
  answered(exchange: OpenExchange): void;
  /** Those whose body is still on its way. */
  cutUnfinished(): void;
  allAnswered(): Promise<void>;
  /** Resolves when each reply has also left for its reader, or some reader has been waited for long enough. */
  allTakenOrGivenUp(): Promise<void>;
}

/** How long closing waits for replies to be read. */
const UNREAD_REPLIES_MS_MAX = 2_000;

interface Owed {
  readonly exchange: OpenExchange;
  isAnswered: boolean;
  /** Handed over is not taken: large replies wait in their socket until they are read. */
  isTaken: boolean;
}

export function owedReplies(): OwedReplies {
  /**
   * By connection, and in the order asked. A set of all requests would change twice with each: its discarded tables hold
   * what stood in them, so that every request outlived its time, and collecting them took 10 µs of each.
   */
  const owed = new Map<Socket, Owed[]>();
  /** Look again whenever a request is done with. */
  const waiting = new Set<() => void>();
  const settle = (socket: Socket) => {
    const ofSocket = owed.get(socket) ?? [];
    // Replies go out in the order asked: whatever else is done with waits behind the first.
    while (ofSocket[0]?.isAnswered === true && ofSocket[0].isTaken) ofSocket.shift();
    if (ofSocket.length === 0 && socket.destroyed) owed.delete(socket);
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
  const all = () => [...owed.values()].flat();

  return {
    opened(exchange) {
      const { socket } = exchange.incoming;
      const one: Owed = { exchange, isAnswered: false, isTaken: false };
      const ofSocket = owed.get(socket);
      if (ofSocket !== undefined) ofSocket.push(one);
      else {
        owed.set(socket, [one]);
        socket.once('close', () => settle(socket));
      }
      exchange.whenLeft(() => {
        one.isTaken = true;
        settle(socket);
      });
    },
    answered(exchange) {
      const one = owed.get(exchange.incoming.socket)?.find((each) => each.exchange === exchange);
      if (one !== undefined) one.isAnswered = true;
      settle(exchange.incoming.socket);
    },
    cutUnfinished() {
      for (const { exchange } of all()) if (!exchange.incoming.complete) exchange.incoming.destroy();
    },
    allAnswered: () => until(() => all().every(({ isAnswered }) => isAnswered)),
    async allTakenOrGivenUp() {
      const clock = realClock();
      let takeBack = () => {};
      const givenUp = new Promise<void>((resolve) => {
        takeBack = clock.wakeAt(clock.now() + UNREAD_REPLIES_MS_MAX, resolve);
      });
      await Promise.race([until(() => all().length === 0), givenUp]);
      takeBack();
    },
  };
}
