/** A map that holds so many entries and no more: whoever was set longest ago makes room. */

export class BoundedMap<Key, Value> {
  readonly #entries = new Map<Key, Value>();
  /** One for good, standing at the oldest: each new one would step over all that was ever deleted. */
  readonly #oldest = this.#entries.keys();
  readonly #entriesMax: number;

  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: Key): Value | undefined {
    return this.#entries.get(key);
  }

  values(): Iterable<Value> {
    return this.#entries.values();
  }

  /** The entry is the newest from now on, whether it was there before or not. */
  set(key: Key, value: Value): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size > this.#entriesMax) this.takeOldest();
  }

  /** Its value; undefined where there is none. */
  takeOldest(): Value | undefined {
    // At the end of an empty map the iterator would be over for good.
    if (this.#entries.size === 0) return undefined;
    const key = this.#oldest.next().value!;
    const value = this.#entries.get(key);
    this.#entries.delete(key);
    return value;
  }

  delete(key: Key): void {
    this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }

  /** Remembers every entry; the returned function puts them back, as often as it is called. */
  remember(): () => void {
    const kept = [...this.#entries];
    return () => {
      this.clear();
      for (const [key, value] of kept) this.set(key, value);
    };
  }
}
