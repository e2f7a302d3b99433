/** A set of name ids that is emptied in no time: for every row of a batch, the names it writes. */

export interface NameMarks {
  clear(): void;
  add(name: number): void;
  has(name: number): boolean;
}

export function nameMarks(): NameMarks {
  let stamps = new Int32Array(256);
  let stamp = 1;
  return {
    clear() {
      stamp += 1;
      if (stamp < 0x7fffffff) return;
      stamps.fill(0);
      stamp = 1;
    },
    add(name) {
      if (name >= stamps.length) {
        const wider = new Int32Array(Math.max(stamps.length * 2, name + 1));
        wider.set(stamps);
        stamps = wider;
      }
      stamps[name] = stamp;
    },
    has: (name) => stamps[name] === stamp,
  };
}
