/** Answers what arrives at a server, and knows what is still owed, for whoever closes it. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { EmulatorApp } from '../http/emulator-app.ts';
import { ownError } from '../http/own-error.ts';
import type { Reply } from '../http/reply.ts';
import { ConnectionCut } from '../http/request-env.ts';
import { realClock } from '../runtime/clock.ts';
import { incomingBody } from './incoming-body.ts';
import { type IncomingRequest, incomingRequest } from './incoming-request.ts';
import { replyLeft, type WhenLeft } from './reply-left.ts';
import { sendPart, sendReply, turnOf } from './send-reply.ts';

export interface Requests {
  /** Those whose body is still on its way. */
  cutUnfinished(): void;
  /** Resolves when nothing is done any more for any request, its sender still there or not. */
  allAnswered(): Promise<void>;
  /** Resolves when each reply has also left for its reader, or some reader has been waited for long enough. */
  allTakenOrGivenUp(): Promise<void>;
}

/** How long closing waits for replies to be read. */
const UNREAD_REPLIES_MS_MAX = 2_000;

export function answerRequests(server: Server, answer: EmulatorApp): Requests {
  const unanswered = new Set<IncomingMessage>();
  /** Handed over is not taken: large replies wait in their socket until they are read. */
  const untaken = new Set<IncomingMessage>();
  /** Look again whenever a request is done with. */
  const waiting = new Set<() => void>();
  const done = (requests: Set<IncomingMessage>, incoming: IncomingMessage) => {
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

  const take = async (incoming: IncomingMessage, outgoing: ServerResponse, expectsContinue: boolean) => {
    unanswered.add(incoming);
    untaken.add(incoming);
    const whenLeft = replyLeft(incoming, outgoing);
    whenLeft(() => done(untaken, incoming));
    try {
      const reply = await answered(answer, { incoming, outgoing, expectsContinue, whenLeft });
      await sendReply(incoming, outgoing, reply, whenLeft);
    } catch (error) {
      if (!(error instanceof ConnectionCut)) throw error;
      // Cut on purpose, or by the sender: once the replies before it are out, nothing is left to say here.
      await Promise.race([turnOf(outgoing), new Promise<void>(whenLeft)]);
      incoming.socket.destroy();
    } finally {
      done(unanswered, incoming);
    }
  };
  server.on('request', (incoming, outgoing) => void take(incoming, outgoing, false));
  server.on('checkContinue', (incoming, outgoing) => void take(incoming, outgoing, true));

  return {
    cutUnfinished() {
      for (const incoming of unanswered) if (!incoming.complete) incoming.destroy();
    },
    allAnswered: () => until(() => unanswered.size === 0),
    async allTakenOrGivenUp() {
      const clock = realClock();
      let takeBack = () => {};
      const givenUp = new Promise<void>((resolve) => {
        takeBack = clock.wakeAt(clock.now() + UNREAD_REPLIES_MS_MAX, resolve);
      });
      await Promise.race([until(() => unanswered.size + untaken.size === 0), givenUp]);
      takeBack();
    },
  };
}

interface Exchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly expectsContinue: boolean;
  readonly whenLeft: WhenLeft;
}

/** Rejects with `ConnectionCut` where nobody is left to answer. */
async function answered(answer: EmulatorApp, exchange: Exchange): Promise<Reply> {
  const { incoming, outgoing, expectsContinue, whenLeft } = exchange;
  let request: IncomingRequest;
  try {
    request = incomingRequest(incoming);
  } catch (error) {
    return misunderstood(error);
  }
  whenLeft(request.abort);
  return answer(request, {
    url: request.parsed,
    body: incomingBody(incoming, outgoing, expectsContinue),
    sendPart: (head, part) => Promise.race([sendPart(outgoing, head, part), new Promise<void>(whenLeft)]),
    // Whoever hung up before the reply gets none, but the work goes on.
    afterReply: whenLeft,
  });
}

/** No route could be asked. */
function misunderstood(error: unknown): Reply {
  const reason = error instanceof Error ? error.message : String(error);
  const message = `the request line or the Host header cannot be understood (${reason}).`;
  return ownError({ status: 400, code: 'bad-request', message }, { connection: 'close' });
}
