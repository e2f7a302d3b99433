/** A UUID for a request that came without one (dlv-reply-ids): version 4, drawn from the emulator's own chance. */
import type { Random } from '../runtime/random.ts';

export function newRequestId(random: Random): string {
  const bytes = Buffer.from(Array.from({ length: 16 }, () => random.integer(0, 255)));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
