/** Text as it stands between two XML tags. */

/** Escapes what XML gives a meaning; characters that XML 1.0 cannot carry at all become U+FFFD. */
export function escapeXml(text: string): string {
  const carried = PLAIN.test(text) ? text : text.replace(UNCARRIABLE, '\uFFFD');
  return carried.replace(MARKUP, (character) => ESCAPES[character]!);
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  // A raw carriage return would be read back as a line feed.
  '\r': '&#13;',
};

/** All but XML 1.0's own list of characters: most control characters, halves of surrogate pairs, U+FFFE and U+FFFF. */
const UNCARRIABLE = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;
const PLAIN = /^[\u0020-\uD7FF]*$/;
const MARKUP = /[&<>"'\r]/g;

/** `<name>text</name>`, with no blank inside. */
export function element(name: string, text: string | number): string {
  return `<${name}>${typeof text === 'number' ? text : escapeXml(text)}</${name}>`;
}

/** A whole answer of such elements. */
export function response(fields: Readonly<Record<string, string>>): string {
  return `<response>${Object.entries(fields)
    .map(([name, text]) => element(name, text))
    .join('')}</response>`;
}
