import { expect, it } from 'vitest';
import { maskedStart } from '../../../../src/server/http/journaled.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

it.each([
  ['jane.doe@Example.com,1979-01-01\nnext', 'xxxx.xxx@Xxxxxxx.xxx,9999-99-99'],
  ['{"id": "C-1"}', '{"xx": "X-9"}'],
  ['--x\r\nContent', '--x'],
  ['Zoë Ångström 漢字 ٣', 'Xxx Xxxxxxxx xx 9'],
  ['b\0a\0', String.raw`x\x00x\x00`],
  ['\u001B[2J', String.raw`\x1b[9X`],
  ['', ''],
])('%j begins like %j', (body, start) => {
  expect(maskedStart(bytes(body), false)).toBe(start);
});

it('keeps values where they are wanted, but no token, and nothing that a terminal acts on', () => {
  const token = '019b76da-a800-7c3b-9f51-0a2b3c4d5e6f';
  expect(maskedStart(bytes(`{"name":"Jane","access_token":"${token}"}`), true)).toBe(
    '{"name":"Jane","access_token":"***"}',
  );
  expect(maskedStart(bytes(`{"token":"${token.slice(0, 20)}`), true)).toBe('{"token":"***');
  expect(maskedStart(bytes('\u001B[2J'), true)).toBe(String.raw`\x1b[2J`);
});
