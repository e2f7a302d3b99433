/** How a body begins, for the journal: enough to tell what it is, and nothing of what it says. */

/** Up to the first line break. Letters and digits become `x`, `X` and `9`; of values that are wanted, tokens alone. */
export function maskedStart(start: Uint8Array, keepsValues: boolean): string {
  const [line = ''] = Buffer.from(start)
    .toString('utf8')
    .split(/[\r\n]/, 1);
  // A token may have strayed into it, and may be cut off at its end.
  const shown = keepsValues ? line.replaceAll(UUID, '***') : line.replaceAll(/[\p{L}\p{M}\p{N}]/gu, masked);
  return shown.replaceAll(/\p{Cc}/gu, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

const masked = (character: string) => (/\p{N}/u.test(character) ? '9' : /\p{Lu}/u.test(character) ? 'X' : 'x');

const UUID = /[\da-f]{8}-[\da-f]{4}-[\da-f-]*/gi;
