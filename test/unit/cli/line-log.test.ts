/** What is logged at once is written at once, and nothing stays behind. */
import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { lineLog } from '../../../src/cli/serve-log.ts';

it('writes the lines of one stretch together and in order, before anything else gets its turn', async () => {
  const writes: string[] = [];
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      writes.push(chunk.toString());
      done();
    },
  });
  const log = lineLog(output);
  const nextTurn = new Promise((resolve) => setImmediate(() => resolve([...writes])));
  log('one');
  log('two');
  expect(writes).toEqual([]);
  await Promise.resolve();
  expect(writes).toEqual(['one\ntwo\n']);
  log('');
  log('three');
  expect(await nextTurn).toEqual(['one\ntwo\n', '\nthree\n']);
});
