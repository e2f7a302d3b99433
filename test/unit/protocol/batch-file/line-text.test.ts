import { expect, test } from 'vitest';
import { lineReader } from '../../../../src/protocol/batch-file/line-text.ts';

const BYTES = { ascii: Buffer.from('1,x'), utf8: Buffer.from('1,é'), broken: Buffer.from([0x31, 0x2c, 0xc3, 0x2b]) };

test('our-not-utf8: each line is judged by itself, and one that is no text keeps its bytes', () => {
  const file = Buffer.concat([BYTES.ascii, BYTES.utf8, BYTES.broken]);
  const read = lineReader(file);
  expect([read(0, 3), read(3, 7), read(7, 11)]).toEqual(['1,x', '1,é', { latin1: '1,\xc3+' }]);
  expect(read(3, 6)).toEqual({ latin1: '1,\xc3' });
});

test.each(Object.entries(BYTES))('the same whatever stands beside it: %s', (_, line) => {
  const alone = lineReader(line)(0, line.length);
  for (const beside of Object.values(BYTES)) {
    const read = lineReader(Uint8Array.from([...beside, ...line]));
    expect(read(beside.length, beside.length + line.length)).toEqual(alone);
  }
});
