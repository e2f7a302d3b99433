/** Gives text of any encoding as UTF-8: iconv-lite knows the encodings, byte order marks say which it is. */
import { UploadError } from '../upload-error.ts';
import { problemOf, UnreadableInput } from './input-problem.ts';
import { peeked } from './peeked.ts';

/** `encoding` is `auto` (UTF-8, unless a byte order mark says otherwise) or a name. What cannot be decoded becomes a byte that is not UTF-8. */
export async function* asUtf8(chunks: AsyncIterable<Uint8Array>, encoding: string): AsyncGenerator<Uint8Array> {
  const { head, all, close } = await peeked(chunks, HEAD_BYTES);
  try {
    const name = markedEncoding(head) ?? encoding;
    if (name !== 'auto' && !/^utf-?8$/i.test(name)) {
      yield* decoded(all, name);
      return;
    }
    const message = wideText(head);
    if (message !== undefined) throw new UnreadableInput(problemOf('not-utf8', message, { wholeFile: true }));
    yield* all;
  } finally {
    await close();
  }
}

async function* decoded(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  const { default: iconv } = await import('iconv-lite');
  if (/^(?:base64|hex)$/i.test(name) || !iconv.encodingExists(name)) {
    throw UploadError.ofOptions([
      `Option encoding: "${name}" is not known. Examples: windows-1252, utf-16le, shift_jis.`,
    ]);
  }
  const decoder = iconv.getDecoder(name);
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    yield marked(decoder.write(Buffer.from(chunk)));
  }
  yield marked(decoder.end() ?? '');
  // A file that broke off within a character: iconv-lite leaves its bytes out without a word.
  if (bytes % unitBytes(name) !== 0) yield Buffer.of(NOT_UTF8);
}

function unitBytes(encoding: string): number {
  if (/^(?:utf-?32|ucs-?4)/i.test(encoding)) return 4;
  return /^(?:utf-?16|ucs-?2)/i.test(encoding) ? 2 : 1;
}

function marked(text: string): Buffer {
  const bytes = Buffer.from(text);
  for (let at = bytes.indexOf(REPLACEMENT); at !== -1; at = bytes.indexOf(REPLACEMENT, at + 3)) bytes[at] = NOT_UTF8;
  return bytes;
}

function markedEncoding(head: Buffer): string | undefined {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return 'utf-8';
  if (head[0] === 0xff && head[1] === 0xfe) return head[2] === 0 && head[3] === 0 ? 'utf-32le' : 'utf-16le';
  return head[0] === 0xfe && head[1] === 0xff ? 'utf-16be' : undefined;
}

/** Every second byte of UTF-16 in western languages is NUL. A few in a text are the rows' own problem. */
function wideText(head: Buffer): string | undefined {
  const nulsAt = (parity: number) => head.filter((byte, index) => byte === 0 && index % 2 === parity).length;
  const even = nulsAt(0);
  const odd = nulsAt(1);
  if (even + odd === 0 || even + odd < head.length / 4) return undefined;
  if (even === 0) return 'This looks like UTF-16 without a byte order mark: --encoding utf-16le.';
  if (odd === 0) return 'This looks like UTF-16 without a byte order mark: --encoding utf-16be.';
  return 'This is no text: its first bytes hold NUL.';
}

/** The whole of a small first chunk. */
const HEAD_BYTES = 64;
// U+FFFD.
const REPLACEMENT = Buffer.of(0xef, 0xbf, 0xbd);
const NOT_UTF8 = 0xff;
