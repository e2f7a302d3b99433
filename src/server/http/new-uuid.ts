/** A UUID drawn from the emulator's own chance: version 4, for a request that came without one (dlv-reply-ids). */
import type { Random } from '../runtime/random.ts';

/** With a time it begins with that, as version 7: the same seed on the same data directory draws the same numbers again. */
export function newUuid(random: Random, now?: number): string {
  const bytes = Buffer.from(Array.from({ length: 16 }, () => random.integer(0, 255)));
  if (now !== undefined) bytes.writeUIntBE(now, 0, 6);
  bytes[6] = (bytes[6]! & 0x0f) | (now === undefined ? 0x40 : 0x70);
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
