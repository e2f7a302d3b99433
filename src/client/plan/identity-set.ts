/** Which visitors have been seen, as numbers of 53 bits in one table: a million cost 16 MiB. */

export class IdentitySet {
  #slots = new Float64Array(SLOTS_MIN);
  #size = 0;

  /** How many different ones there were; undefined if there were more than are counted. */
  get size(): number | undefined {
    return this.#size > SIZE_MAX ? undefined : this.#size;
  }

  /** False for one that is there already. Beyond the bound nothing is remembered and nothing found. */
  add(identity: string): boolean {
    if (this.#size > SIZE_MAX) return true;
    const key = keyOf(identity);
    if (!put(this.#slots, key)) return false;
    this.#size += 1;
    if (this.#size > FULL * this.#slots.length && this.#size < SIZE_MAX) {
      const larger = new Float64Array(2 * this.#slots.length);
      for (const slot of this.#slots) if (slot !== 0) put(larger, slot);
      this.#slots = larger;
    }
    return true;
  }
}

function put(slots: Float64Array, key: number): boolean {
  const mask = slots.length - 1;
  for (let at = key & mask; ; at = (at + 1) & mask) {
    if (slots[at] === 0) {
      slots[at] = key;
      return true;
    }
    if (slots[at] === key) return false;
  }
}

/** Two multiplications a character, mixed at the end: 2 million ids share one of 2^53 numbers with a chance of 1 in 4,500. */
function keyOf(identity: string): number {
  let high = 0x9e3779b9;
  let low = 0x85ebca6b;
  for (let index = 0; index < identity.length; index += 1) {
    const unit = identity.charCodeAt(index);
    high = Math.imul(high ^ unit, 0x01000193);
    low = Math.imul(low ^ unit, 0x5bd1e995) ^ (low >>> 15);
  }
  high = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ low;
  low = Math.imul(low ^ (low >>> 13), 0xc2b2ae35) ^ (high >>> 15);
  return ((high >>> 0) & 0x1fffff) * 0x1_0000_0000 + (low >>> 0) || 1;
}

const SLOTS_MIN = 1 << 12;
const FULL = 0.7;
/** 32 MiB. */
const SIZE_MAX = Math.floor(FULL * (1 << 22));
