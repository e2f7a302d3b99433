/** The worker's side of the conversation: carries out calls, one after the other, and answers each. */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { AcceptedBatch } from '../store/store.ts';
import type { InlineWriter } from './inline-writer.ts';
import { carryError, type WriterCall, type WriterReply } from './writer-messages.ts';

/** `open` runs at the first call; a store that cannot be opened is an answer, not a crash. */
export function serveWriter(port: MessagePort, open: () => InlineWriter): void {
  let writer: InlineWriter | undefined;

  // An inline writer has done its work when it returns: the next message finds it done.
  port.on('message', (calls: readonly WriterCall[]) => void serve([...calls, ...whatElseArrived(port)]));

  const serve = async (calls: readonly WriterCall[]): Promise<void> => {
    for (const group of groups(calls)) {
      const results = carryOut(group);
      const replies = await Promise.all(results.map((result, at) => replyOf(group[at]!.id, result)));
      port.postMessage(replies);
      if (group[0]!.method === 'close') port.close();
    }
  };

  const carryOut = (group: readonly WriterCall[]): readonly Promise<unknown>[] => {
    const { method, args } = group[0]!;
    if (method === 'open') return [openWriter()];
    if (writer === undefined) {
      return group.map(() => Promise.reject(new Error(`The writer was asked to ${method} before it was open.`)));
    }
    if (method === 'acceptBatch') return writer.acceptBatches(group.map((call) => call.args[0] as AcceptedBatch));
    return [(writer[method] as (...args: readonly unknown[]) => Promise<unknown>)(...args)];
  };

  const openWriter = async (): Promise<void> => {
    writer = open();
  };
}

/** Submissions that follow each other share a commit; every other call is a group of its own. */
function groups(calls: readonly WriterCall[]): readonly (readonly WriterCall[])[] {
  const found: WriterCall[][] = [];
  for (const call of calls) {
    const last = found.at(-1);
    if (call.method === 'acceptBatch' && last?.[0]!.method === 'acceptBatch') last.push(call);
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

function replyOf(id: number, result: Promise<unknown>): Promise<WriterReply> {
  return result.then(
    (value) => ({ kind: 'done', id, value }),
    (error: unknown) => ({ kind: 'failed', id, error: carryError(error) }),
  );
}
