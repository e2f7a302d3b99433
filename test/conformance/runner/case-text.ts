/** The few escapes of a case's text, so that a carriage return, half a character or 50 MiB can be written in one line. */

/**
 * `\r` `\n` `\t` `\s` (a blank) `\\`, `\xEF` (one byte), `\u{1F600}` (a code point, as UTF-8) and `\{256*text}` (text
 * repeated). Everything else stands for itself, as UTF-8.
 */
export function caseBytes(text: string): Uint8Array {
  return Buffer.from(binaryString(text), 'latin1');
}

/** The same where the result must be text: ids, names and values. */
export function caseString(text: string): string {
  return text.includes('\\') ? Buffer.from(binaryString(text), 'latin1').toString('utf8') : text;
}

/** One character for each byte: fifty million of them join and repeat fast. */
export function binaryString(text: string): string {
  const { value, end } = read(text, 0, false);
  if (end !== text.length) throw new Error('unexpected }');
  return value;
}

function read(text: string, from: number, untilBrace: boolean): { value: string; end: number } {
  const parts: string[] = [];
  let position = from;
  while (position < text.length) {
    if (untilBrace && text[position] === '}') return { value: parts.join(''), end: position + 1 };
    if (text[position] === '\\') {
      const escape = readEscape(text, position + 1);
      parts.push(escape.value);
      position = escape.end;
    } else {
      const next = nextSpecial(text, position, untilBrace);
      parts.push(Buffer.from(text.slice(position, next), 'utf8').toString('latin1'));
      position = next;
    }
  }
  if (untilBrace) throw new Error('a repetition \\{…} has no end');
  return { value: parts.join(''), end: position };
}

function nextSpecial(text: string, from: number, untilBrace: boolean): number {
  const special = untilBrace ? /[\\}]/g : /\\/g;
  special.lastIndex = from;
  return special.exec(text)?.index ?? text.length;
}

const SIMPLE: Readonly<Record<string, string>> = { r: '\r', n: '\n', t: '\t', s: ' ', '\\': '\\' };

function readEscape(text: string, from: number): { value: string; end: number } {
  const simple = SIMPLE[text[from] ?? ''];
  if (simple !== undefined) return { value: simple, end: from + 1 };
  const rest = text.slice(from, from + 24);
  const byte = /^x([0-9A-Fa-f]{2})/.exec(rest);
  if (byte !== null) return { value: String.fromCharCode(Number.parseInt(byte[1]!, 16)), end: from + 3 };
  const point = /^u\{([0-9A-Fa-f]{1,6})\}/.exec(rest);
  if (point !== null) {
    const character = String.fromCodePoint(Number.parseInt(point[1]!, 16));
    return { value: Buffer.from(character, 'utf8').toString('latin1'), end: from + point[0].length };
  }
  const repeat = /^\{(\d+)\*/.exec(rest);
  if (repeat !== null) {
    const inner = read(text, from + repeat[0].length, true);
    return { value: inner.value.repeat(Number(repeat[1])), end: inner.end };
  }
  throw new Error(`unknown escape \\${text[from] ?? ''}`);
}
