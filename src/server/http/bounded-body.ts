/** A body that is read whole: parameters, and JSON; never a batch. */

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
      parts += partsIn(chunk);
      if (parts > JSON_PARTS_MAX) return;
      yield chunk;
    }
  };
  const body = await readBoundedBody(counted(), bytesMax);
  return parts > JSON_PARTS_MAX ? 'too-many-parts' : body;
}

function partsIn(json: Uint8Array): number {
  let parts = 0;
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at];
    if (byte === COMMA || byte === BRACKET || byte === BRACE) parts += 1;
  }
  return parts;
}

const [COMMA, BRACKET, BRACE] = [0x2c, 0x5b, 0x7b];

/** The body, or `too-large` as soon as it exceeds `bytesMax`. */
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
