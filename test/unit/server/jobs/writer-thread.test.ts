/** Proves the main thread's side against real workers that answer, fail and die on cue. */
import { afterEach, describe, expect, test } from 'vitest';
import type { ClientCode } from '../../../../src/protocol/vocabulary/index.ts';
import { writerThread, type WriterThreadOptions } from '../../../../src/server/jobs/writer-thread.ts';
import { EmulatorError } from '../../../../src/server/runtime/emulator-error.ts';
import type { Writer } from '../../../../src/server/store/store.ts';
import { acceptedBatch, numberedRows } from './fake-sync-store.ts';

const open: Writer[] = [];
afterEach(async () => {
  for (const writer of open.splice(0)) await writer.close().catch(() => undefined);
});

/** A worker of a few lines: `answer` is an expression over `call` (id, verb, args), giving a value. */
function scripted(answer: string, workerData: object = {}, options: WriterThreadOptions = {}): Writer {
  const code = `
    import { parentPort, workerData } from 'node:worker_threads';
    const answer = (call, calls) => {
      const value = call.verb === 'close' ? undefined : ${answer};
      return { kind: 'done', id: call.id, value };
    };
    const error = workerData?.refuse;
    parentPort.postMessage([error ? { kind: 'failed', id: 0, error } : { kind: 'done', id: 0, value: undefined }]);
    if (!error) parentPort.on('message', (calls) => {
      parentPort.postMessage(calls.map((call) => answer(call, calls)));
      if (calls.at(-1).verb === 'close') parentPort.close();
    });`;
  const workerUrl = new URL(`data:text/javascript,${encodeURIComponent(code)}`);
  const writer = writerThread({ directory: '', ...workerData }, { workerUrl, ...options });
  open.push(writer);
  return writer;
}

describe('writerThread', () => {
  test('sends each call with its arguments and resolves with the answer', async () => {
    const writer = scripted('[call.verb, ...call.args]');
    expect(await writer.step(5)).toEqual(['step', 5]);
    expect(await writer.releaseBatches(7, 'one' as ClientCode)).toEqual(['releaseBatches', 7, 'one']);
    expect(await Promise.all([writer.step(1), writer.step(2)])).toEqual([
      ['step', 1],
      ['step', 2],
    ]);
  });

  test('an answer is announced before whoever asked knows it', async () => {
    const told: string[] = [];
    const writer = scripted('undefined', {}, { onAnswers: () => told.push('answers') });
    await Promise.all(
      ['a', 'b'].map((name) => writer.acceptBatch(acceptedBatch(name, ['1,x'])).then(() => told.push(name))),
    );
    // The first answer is that to opening.
    expect(told).toEqual(['answers', 'answers', 'a', 'b']);
  });

  test("an inline body arrives whole, and the sender's bytes stay its own", async () => {
    // What the worker got is told by a later answer, since acceptBatch itself resolves to nothing.
    const writer = scripted(
      `call.verb === 'acceptBatch' ? void (globalThis.got = call.args[0]) :
       [Buffer.from(globalThis.got.body.bytes).toString(), globalThis.got.body.bytes.buffer.byteLength, globalThis.got.dueAt]`,
    );
    const batch = acceptedBatch('one', numberedRows(2), { dueAt: Infinity });
    const around = Buffer.from('.'.repeat(1_000));
    const text = 'batch=pcId,a,b\nid1,x1';
    around.write(text, 100);
    const bytes = around.subarray(100, 100 + text.length);
    await writer.acceptBatch({ ...batch, body: { kind: 'inline', bytes } });
    expect(await writer.step(0)).toEqual([text, text.length, Infinity]);
    expect(bytes.toString()).toBe(text);
  });

  test('submissions of one turn go in one message, before whatever is asked after them', async () => {
    // Told by a later answer, since acceptBatch itself resolves to nothing.
    const writer = scripted(
      `call.verb === 'acceptBatch' ? void (globalThis.got ??= []).push([call.args[0].batchId, calls.length]) : globalThis.got`,
    );
    const batches = ['a', 'b', 'c'].map((name) => acceptedBatch(name, ['1,x']));
    const accepted = batches.slice(0, 2).map((batch) => writer.acceptBatch(batch));
    const seen = writer.step(0);
    const last = writer.acceptBatch(batches[2]!);
    expect(await seen).toEqual([
      ['a', 3],
      ['b', 3],
    ]);
    await Promise.all([...accepted, last]);
    expect(await writer.step(0)).toHaveLength(3);
  });

  test('a store that cannot be opened rejects every call with its code', async () => {
    const refuse = { name: 'EmulatorError', code: 'disk-full', message: 'No space left.' };
    const writer = scripted('0', { refuse });
    for (const call of [writer.step(1), writer.seedProfiles([])]) {
      await expect(call).rejects.toBeInstanceOf(EmulatorError);
      await expect(call).rejects.toMatchObject({ code: 'disk-full', message: 'No space left.' });
    }
    await expect(writer.step(2)).rejects.toMatchObject({ code: 'disk-full' });
    await writer.close();
  });

  test('tells once that the worker has opened its store, before the first call is answered', async () => {
    const told: string[] = [];
    const writer = scripted('0', {}, { onOpen: () => told.push('open') });
    await writer.step(1).then(() => told.push('stepped'));
    await writer.step(2);
    expect(told).toEqual(['open', 'stepped']);
  });

  test.each([
    'EMFILE: too many open files, open x',
    'Worker initialization failure: EMFILE',
    'Cannot read package config x: too many open files.',
  ])('a worker that could not start (%s) has come nowhere: the next call starts another', async (message) => {
    const code = `
      import { parentPort, workerData } from 'node:worker_threads';
      if (Atomics.add(workerData.starts, 0, 1) === 0) throw new Error(${JSON.stringify(message)});
      parentPort.postMessage([{ kind: 'done', id: 0 }]);
      parentPort.on('message', (calls) => {
        parentPort.postMessage(calls.map(({ id, verb }) => ({ kind: 'done', id, value: verb })));
        if (calls.at(-1).verb === 'close') parentPort.close();
      });`;
    const starts = new Int32Array(new SharedArrayBuffer(4));
    const workerUrl = new URL(`data:text/javascript,${encodeURIComponent(code)}`);
    const told: string[] = [];
    const data = { directory: '', starts };
    const writer = writerThread(data, { workerUrl, onOpen: () => told.push('open') });
    open.push(writer);
    const calls = [writer.step(1), writer.seedProfiles([])];
    for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'too-many-files' });
    expect([await writer.step(2), starts[0], told]).toEqual(['step', 2, ['open']]);
    await writer.close();
    await expect(writer.step(3)).rejects.toMatchObject({ code: 'writer-died' });
  });

  test('closed before its first call, it starts no worker and takes no call', async () => {
    const writer = writerThread({ directory: '' }, { workerUrl: new URL('./no-such-worker.js', import.meta.url) });
    await writer.close();
    await expect(writer.step(0)).rejects.toMatchObject({ code: 'writer-died' });
  });

  test('a worker that dies rejects what is pending and all that follows', async () => {
    const writer = scripted(`(() => { throw new Error('segment fault'); })()`);
    const calls = [writer.step(1), writer.step(2), writer.seedProfiles([])];
    for (const call of calls) {
      await expect(call).rejects.toMatchObject({ code: 'writer-died', cause: { message: 'segment fault' } });
    }
    await expect(writer.step(3)).rejects.toMatchObject({ code: 'writer-died' });
    await writer.close();
  });

  test('a worker that ends without a word rejects what is pending', async () => {
    const writer = scripted('process.exit(3)');
    const call = writer.step(1);
    await expect(call).rejects.toBeInstanceOf(EmulatorError);
    await expect(call).rejects.toMatchObject({ code: 'writer-died' });
  });

  test('a worker that cannot start rejects', async () => {
    const workerUrl = new URL('./no-such-worker.js', import.meta.url);
    const missing = writerThread({ directory: '' }, { workerUrl });
    await expect(missing.step(0)).rejects.toMatchObject({ code: 'writer-died' });
    await missing.close();
  });

  test('close waits for the worker to end, and twice is once', async () => {
    const writer = scripted('0');
    await Promise.all([writer.close(), writer.close()]);
    await expect(writer.step(0)).rejects.toMatchObject({ code: 'writer-died' });
  });
});
