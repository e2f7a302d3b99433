/** Proves the worker's side of the conversation over a real message channel, without a worker. */
import { once } from 'node:events';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { afterEach, describe, expect, test } from 'vitest';
import { type InlineWriter, inlineWriter } from '../../../../src/server/jobs/inline-writer.ts';
import { serveWriter } from '../../../../src/server/jobs/serve-writer.ts';
import { restoreError, type WriterCall, type WriterReply } from '../../../../src/server/jobs/writer-messages.ts';
import { openSyncStore } from '../../../../src/server/store/sqlite-store.ts';
import { memoryPlace } from '../../../../src/server/store/store-place.ts';
import { EmulatorError } from '../../../../src/server/runtime/emulator-error.ts';
import { acceptedBatch, fakeSyncStore, numberedRows } from './fake-sync-store.ts';

let port: MessagePort | undefined;
afterEach(() => port?.close());

async function serving(open: () => InlineWriter): Promise<{
  opened: WriterReply;
  ask(call: WriterCall): Promise<WriterReply>;
  askAll(...messages: WriterCall[][]): Promise<WriterReply[]>;
  port: MessagePort;
}> {
  const { port1, port2 } = new MessageChannel();
  port = port1;
  serveWriter(port2, open);
  const [[opened]] = (await once(port1, 'message')) as [[WriterReply]];
  const askAll = async (...messages: WriterCall[][]) => {
    for (const calls of messages) port1.postMessage(calls);
    const replies: WriterReply[] = [];
    while (replies.length < messages.flat().length)
      replies.push(...((await once(port1, 'message')) as [WriterReply[]])[0]);
    return replies;
  };
  return { opened, port: port1, askAll, ask: async (call) => (await askAll([call]))[0]! };
}

describe('serveWriter', () => {
  test('opens, carries out calls and answers each by its id', async () => {
    const store = fakeSyncStore();
    const { opened, ask } = await serving(() => inlineWriter(store));
    expect(opened).toEqual({ kind: 'done', id: 0, value: undefined });
    const batch = acceptedBatch('one', numberedRows(3));
    expect(await ask({ id: 7, verb: 'acceptBatch', args: [batch] })).toMatchObject({ kind: 'done', id: 7 });
    expect(await ask({ id: 8, verb: 'step', args: [0] })).toMatchObject({ value: { rows: 3, completed: ['one'] } });
  });

  test('answers a store that cannot be opened with its error', async () => {
    const { opened: reply } = await serving(() => {
      throw new EmulatorError('database-newer', 'Made by version 9.', { cause: new Error('user_version 9') });
    });
    expect(reply.kind).toBe('failed');
    const error = reply.kind === 'failed' ? restoreError(reply.error) : undefined;
    expect(error).toBeInstanceOf(EmulatorError);
    expect(error).toMatchObject({
      code: 'database-newer',
      message: 'Made by version 9.',
      cause: { message: 'user_version 9' },
    });
  });

  test('submissions that have arrived share a commit, and each keeps its own success or failure', async () => {
    const place = memoryPlace();
    const store = openSyncStore({ place });
    let commits = 0;
    const { askAll } = await serving(() =>
      inlineWriter({
        ...store,
        together: (work) => {
          commits += 1;
          return store.together(work);
        },
      }),
    );
    const accept = (id: number, name: string): WriterCall => ({
      id,
      verb: 'acceptBatch',
      args: [acceptedBatch(name, ['1,x'])],
    });
    const kinds = (replies: WriterReply[]) => replies.map(({ id, kind }) => `${id} ${kind}`);
    expect(kinds(await askAll([accept(2, 'a')], [accept(3, 'b'), accept(4, 'c')]))).toEqual([
      '2 done',
      '3 done',
      '4 done',
    ]);
    expect(commits).toBe(1);
    expect(kinds(await askAll([accept(5, 'd'), accept(6, 'a'), accept(7, 'e')]))).toEqual([
      '5 done',
      '6 failed',
      '7 done',
    ]);
    expect(store.heads().map(({ batchId }) => batchId)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(place.database.prepare('SELECT count(*) FROM batch').pluck().get()).toBe(5);
  });

  test('closes its port after it has answered close', async () => {
    const store = fakeSyncStore();
    const { ask, port: ours } = await serving(() => inlineWriter(store));
    const closed = once(ours, 'close');
    expect(await ask({ id: 2, verb: 'close', args: [] })).toMatchObject({ kind: 'done' });
    await closed;
    expect(store.closed).toBe(1);
  });
});
