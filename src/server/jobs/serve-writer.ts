/** The worker's side of the conversation: carries out calls, one after the other, and answers each. */
import type { MessagePort } from 'node:worker_threads';
import type { Writer } from '../store/store.ts';
import { carryError, type WriterCall, type WriterReply } from './writer-messages.ts';

/** `open` runs at the first call; a store that cannot be opened is an answer, not a crash. */
export function serveWriter(port: MessagePort, open: () => Writer): void {
  let writer: Writer | undefined;

  const carryOut = async ({ method, args }: WriterCall): Promise<unknown> => {
    if (method === 'open') {
      writer = open();
      return undefined;
    }
    if (writer === undefined) throw new Error(`The writer was asked to ${method} before it was open.`);
    return (writer[method] as (...args: readonly unknown[]) => Promise<unknown>)(...args);
  };

  const answer = (reply: WriterReply) => port.postMessage(reply);
  port.on('message', (call: WriterCall) => {
    const { id } = call;
    // An inline writer has done its work when it returns: the next message finds it done.
    void carryOut(call)
      .then(
        (value) => answer({ kind: 'done', id, value }),
        (error: unknown) => answer({ kind: 'failed', id, error: carryError(error) }),
      )
      .finally(() => {
        if (call.method === 'close') port.close();
      });
  });
}
