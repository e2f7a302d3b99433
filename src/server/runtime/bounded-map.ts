/** A map that holds so many entries and no more: whoever was set longest ago makes room. */

export class BoundedMap<Key, Value> {
  readonly #entries = new Map<Key, Value>();
  /** Stands at the oldest: a new one steps over what was deleted, an old one holds on to every table that the map has had. */
  #oldest = this.#entries.keys();
  #deletions = 0;
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
    this.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size > this.#entriesMax) this.takeOldest();
  }

  /** Its value; undefined where there is none. */
  takeOldest(): Value | undefined {
    // At the end of an empty map the iterator would be over for good.
    if (this.#entries.size === 0) return undefined;
    const key = this.#oldest.next().value!;
    const value = this.#entries.get(key);
    this.delete(key);
    return value;
  }

  delete(key: Key): void {
    if (!this.#entries.delete(key)) return;
    this.#deletions += 1;
    if (this.#deletions <= this.#entries.size + DELETIONS_MIN) return;
    this.#deletions = 0;
    this.#oldest = this.#entries.keys();
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

/** After which the iterator is renewed, where the map is small. */
const DELETIONS_MIN = 16;
