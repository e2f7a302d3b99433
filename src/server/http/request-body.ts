/** The body of a request: as it arrives from wherever it comes, whole where it is small, or with its beginning known. */
import { isUtf8 } from 'node:buffer';
import { ConnectionCut, type EmulatorContext, exchangeOf } from './emulator-env.ts';

/** Once only; leaving the loop early is fine. Throws `ConnectionCut` when the sender is gone. */
export const requestBody = (c: EmulatorContext): AsyncIterable<Uint8Array> => exchangeOf(c)?.body ?? bodyOf(c);

async function* bodyOf({ req }: EmulatorContext): AsyncGenerator<Uint8Array, void> {
  const { body, bodyUsed } = req.raw;
  // Another application's middleware has read it, and Hono keeps it.
  if (bodyUsed) yield new Uint8Array(await req.arrayBuffer());
  if (bodyUsed || body === null) return;
  try {
    for await (const chunk of body) yield chunk;
  } catch (error) {
    throw new ConnectionCut('The body of the request failed before it was complete.', { cause: error });
  }
}

/** The whole body, or `too-large` as soon as it exceeds `bytesMax`: for parameters and our own API, never for a batch. */
export async function readBoundedBody(
  chunks: AsyncIterable<Uint8Array>,
  bytesMax: number,
): Promise<Buffer | 'too-large'> {
  const kept: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.byteLength;
    if (bytes > bytesMax) return 'too-large';
    kept.push(chunk);
  }
  return Buffer.concat(kept, bytes);
}

/** The parameters of a query or a form. Bytes that are no UTF-8 come as halves of surrogate pairs, one each (our-undecodable). */
export function formPairs(sent: Buffer): readonly (readonly [string, string])[] {
  const pairs = [...new URLSearchParams(sent.toString())];
  if (!pairs.flat().some((text) => text.includes('\u{fffd}'))) return pairs;
  const parts = sent.toString('latin1').split('&');
  return parts.filter(Boolean).map((part) => {
    const [, name = '', value = ''] = /^([^=]*)=?([^]*)$/.exec(part) ?? [];
    return [unescaped(name), unescaped(value)];
  });
}

function unescaped(text: string): string {
  const byte = (_: string, digits: string) => String.fromCharCode(Number.parseInt(digits, 16));
  const bytes = Buffer.from(text.replaceAll('+', ' ').replaceAll(/%([\da-f]{2})/gi, byte), 'latin1');
  if (isUtf8(bytes)) return bytes.toString();
  return bytes
    .toString('latin1')
    .replaceAll(/[\x80-\xff]/g, (high) => String.fromCharCode(0xdc00 | high.charCodeAt(0)));
}

/**
 * Lists, objects and what follows a comma. A valid list of profiles of 1 MiB has fewer; what holds many more takes seconds to
 * parse, in one piece. Text of any length, such as a file in base64, has none.
 */
export const JSON_PARTS_MAX = 200_000;

/** Of JSON: the body, or `too-large` as soon as it exceeds `bytesMax` or `JSON_PARTS_MAX`, commas within its texts counted. */
export async function readJsonBody(
  chunks: AsyncIterable<Uint8Array>,
  bytesMax: number,
): Promise<Buffer | 'too-large' | 'too-many-parts'> {
  let parts = 0;
  const counted = async function* () {
    for await (const chunk of chunks) {
      for (const byte of chunk) if (byte === COMMA || byte === BRACKET || byte === BRACE) parts += 1;
      if (parts > JSON_PARTS_MAX) return;
      yield chunk;
    }
  };
  const body = await readBoundedBody(counted(), bytesMax);
  return parts > JSON_PARTS_MAX ? 'too-many-parts' : body;
}

const [COMMA, BRACKET, BRACE] = [0x2c, 0x5b, 0x7b];

/** Holds `bytesMax` and one chunk; `body` is from the first byte on, once only, and `leave` says that nobody will take it in. */
export async function peekedBody(source: AsyncIterable<Uint8Array>, bytesMax: number) {
  const rest = source[Symbol.asyncIterator]();
  const held: Uint8Array[] = [];
  let next = await rest.next();
  for (let bytes = 0; next.done !== true; next = await rest.next()) {
    // A chunk is its maker's to use again when the next one is asked for.
    held.push(next.value.slice());
    bytes += next.value.byteLength;
    if (bytes >= bytesMax) break;
  }
  const isEnded = next.done === true;
  const leave = async () => {
    await rest.return?.();
  };
  async function* body() {
    try {
      while (held.length > 0) yield held.shift()!;
      if (!isEnded) yield* { [Symbol.asyncIterator]: () => rest };
    } finally {
      await leave();
    }
  }
  return { body: body(), leave };
}
