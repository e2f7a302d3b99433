/** XML's own characters, and those it cannot carry. */
import { expect, test } from 'vitest';
import { element, escapeXml } from '../../../../src/protocol/wire/xml-text.ts';

test('what XML gives a meaning is escaped', () => {
  expect(escapeXml(`<a href="x">&'</a>`)).toBe('&lt;a href=&quot;x&quot;&gt;&amp;&apos;&lt;/a&gt;');
  expect(escapeXml(']]>')).toBe(']]&gt;');
});

test('what XML cannot carry becomes U+FFFD', () => {
  expect(escapeXml('a\0b\x08c\x1Fd\uFFFEe\uFFFFf\uD800g\uDC00')).toBe('a�b�c�d�e�f�g�');
});

test('the rest stays, line breaks that a reader would rewrite as a number', () => {
  expect(escapeXml('é😀\t\n中')).toBe('é😀\t\n中');
  expect(escapeXml('a\r\nb')).toBe('a&#13;\nb');
  expect(element('n', 0)).toBe('<n>0</n>');
});
