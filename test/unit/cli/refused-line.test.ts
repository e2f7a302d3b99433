import { expect, it } from 'vitest';
import { refusedLine } from '../../../src/cli/serve-log.ts';
import { styleFor } from '../../../src/cli/printable.ts';

const REQUEST = {
  at: Date.UTC(2026, 0, 1, 10, 30),
  method: 'POST',
  target: '/m2/demo/v2/profile/batchUpdate',
  client: 'demo',
  status: 413,
  cause: 'rule/lim-file-size',
  reason: 'Too large.',
};

it('is one line with time, client, request, status, rule and reason', () => {
  expect(refusedLine(REQUEST, styleFor(false))).toBe(
    '10:30:00 demo POST /m2/demo/v2/profile/batchUpdate 413 rule/lim-file-size: Too large.',
  );
  const cut = { ...REQUEST, client: undefined, status: undefined, cause: undefined };
  expect(refusedLine(cut, styleFor(false))).toContain('batchUpdate no reply: Too large.');
});

it('acts on no terminal and breaks no line, whatever a client sends', () => {
  const line = refusedLine({ ...REQUEST, target: 'a\u001B[31m\r\nb', reason: '\u0007\n' }, styleFor(false));
  expect(Array.from(line).filter((character) => character < ' ')).toEqual([]);
  expect(line).toContain('\\u{1b}[31m');
});
