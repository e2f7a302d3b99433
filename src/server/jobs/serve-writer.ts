/** The worker's side of the conversation: carries out calls, one after the other, and answers each. */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { VERBS } from '../store/verbs.ts';
import type { InlineWriter } from './inline-writer.ts';
import { carryError, type WriterCall, type WriterReply } from './writer-messages.ts';

/** `open` runs at the first call; a store that cannot be opened is an answer, not a crash. */
export function serveWriter(port: MessagePort, open: () => InlineWriter): void {
  let writer: InlineWriter | undefined;

  // An inline writer has done its work when it returns: the next message finds it done.
  port.on('message', (calls: readonly WriterCall[]) => void serve([...calls, ...whatElseArrived(port)]));

  const serve = async (calls: readonly WriterCall[]): Promise<void> => {
    for (const group of groups(calls)) {
      const results = await Promise.allSettled(carryOut(group));
      port.postMessage(results.map((result, at) => replyOf(group[at]!, result)));
      if (group[0]!.verb === 'close') port.close();
    }
  };

  const carryOut = (group: readonly WriterCall[]): readonly Promise<unknown>[] => {
    const { verb } = group[0]!;
    if (verb === 'open') return [openWriter()];
    if (writer === undefined) {
      return group.map(() => Promise.reject(new Error(`The writer was asked to ${verb} before it was open.`)));
    }
    return writer.together(
      verb,
      group.map(({ args }) => args),
    );
  };

  const openWriter = async (): Promise<void> => {
    writer = open();
  };
}

/** Calls of a verb that shares its commit, and follow each other, are a group; every other call is one of its own. */
function groups(calls: readonly WriterCall[]): readonly (readonly WriterCall[])[] {
  const found: WriterCall[][] = [];
  for (const call of calls) {
    const last = found.at(-1);
    if (call.verb === last?.[0]!.verb && call.verb !== 'open' && VERBS[call.verb].sharesCommit === true)
      last.push(call);
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
