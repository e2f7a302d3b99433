/** A set of name ids that is emptied in no time: for every row of a batch, the names it writes. */

export type NameMarks = ReturnType<typeof nameMarks>;

export function nameMarks() {
  let stamps = new Int32Array(256);
  let stamp = 1;
  return {
    clear(): void {
      stamp += 1;
      if (stamp < 0x7fffffff) return;
      stamps.fill(0);
      stamp = 1;
    },
    add(name: number): void {
      if (name >= stamps.length) {
        const wider = new Int32Array(Math.max(stamps.length * 2, name + 1));
        wider.set(stamps);
        stamps = wider;
      }
      stamps[name] = stamp;
    },
    has: (name: number) => stamps[name] === stamp,
  };
}
