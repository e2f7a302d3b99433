/** The worker's side of the conversation: carries out calls, one after the other, and answers each. */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { VERBS } from '../store/verbs.ts';
import type { InlineWriter } from './inline-writer.ts';
import { carryError, OPEN_ID, type WriterCall, type WriterReply } from './writer-messages.ts';

/** Says first whether the store could be opened: one that cannot is an answer, not a crash, and nothing more is answered. */
export function serveWriter(port: MessagePort, open: () => InlineWriter): void {
  const say = (...replies: readonly WriterReply[]) => port.postMessage(replies);
  let writer: InlineWriter;
  try {
    writer = open();
    say({ kind: 'done', id: OPEN_ID, value: undefined });
  } catch (error) {
    say({ kind: 'failed', id: OPEN_ID, error: carryError(error) });
    return;
  }

  const serve = async (calls: readonly WriterCall[]): Promise<void> => {
    for (const group of groups(calls)) {
      const { verb } = group[0]!;
      const asked = group.map(({ args }) => args);
      const results = await Promise.allSettled(writer.together(verb, asked));
      say(...results.map((result, at) => replyOf(group[at]!, result)));
      if (verb === 'close') port.close();
    }
  };
  // An inline writer has done its work when it returns: the next message finds it done.
  port.on('message', (calls: readonly WriterCall[]) => void serve([...calls, ...whatElseArrived(port)]));
}

/** Calls of a verb that shares its commit, and follow each other, are a group; every other call is one of its own. */
function groups(calls: readonly WriterCall[]): readonly (readonly WriterCall[])[] {
  const found: WriterCall[][] = [];
  for (const call of calls) {
    const last = found.at(-1);
    if (call.verb === last?.[0]!.verb && VERBS[call.verb].sharesCommit === true) last.push(call);
    else found.push([call]);
  }
  return found;
}

/** What was sent while the last call was carried out. */
function whatElseArrived(port: MessagePort): readonly WriterCall[] {
  const calls: WriterCall[] = [];
  for (;;) {
    const received = receiveMessageOnPort(port);
    if (received === undefined) return calls;
    calls.push(...(received.message as readonly WriterCall[]));
  }
}

const replyOf = ({ id }: WriterCall, result: PromiseSettledResult<unknown>): WriterReply =>
  result.status === 'fulfilled'
    ? { kind: 'done', id, value: result.value }
    : { kind: 'failed', id, error: carryError(result.reason) };
