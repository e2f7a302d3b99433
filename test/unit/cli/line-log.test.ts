/** What is logged at once is written at once, and nothing stays behind. */
import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { lineLog, loggedEvents } from '../../../src/cli/serve-log.ts';
import { styleFor } from '../../../src/cli/printable.ts';

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

it.each([
  [0, 'header row: It is so.'],
  [7, 'row 7: It is so.'],
  [undefined, 'It is so.'],
])('a file of customer attributes that failed at row %s says so as everywhere else', (row, told) => {
  const lines: string[] = [];
  const { fileEnded } = loggedEvents((_event, _told, line) => lines.push(line(styleFor(false))));
  const fault = { rule: 'ca-header', message: 'It is so.', row };
  fileEnded({ client: 'demo', alias: 'crm', name: 'a.csv', status: 'failed', fault } as never);
  expect(lines).toEqual([`demo crm/a.csv failed: ${told} (rule/ca-header)`]);
});
