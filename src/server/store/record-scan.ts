/** Where the segments and attributes of a record begin and end. One scan is used again for every record. */

export type RecordScan = ReturnType<typeof recordScan>;

export function recordScan() {
  let text = '';
  let segmentCount = 0;
  let pairCount = 0;
  // Parallel arrays instead of objects: a scan of an ordinary record allocates nothing.
  let starts = new Int32Array(8);
  let headEnds = new Int32Array(8);
  let firstPairs = new Int32Array(9);
  let times = new Float64Array(8);
  let batches = new Float64Array(8);
  let rows = new Int32Array(8);
  let pending = new Uint8Array(8);
  let names = new Int32Array(32);
  let pairStarts = new Int32Array(32);
  let valueStarts = new Int32Array(32);
  let pairEnds = new Int32Array(32);

  const growSegments = () => {
    const size = starts.length * 2;
    starts = grown(starts, new Int32Array(size));
    headEnds = grown(headEnds, new Int32Array(size));
    firstPairs = grown(firstPairs, new Int32Array(size + 1));
    times = grown(times, new Float64Array(size));
    batches = grown(batches, new Float64Array(size));
    rows = grown(rows, new Int32Array(size));
    pending = grown(pending, new Uint8Array(size));
  };
  const growPairs = () => {
    const size = names.length * 2;
    names = grown(names, new Int32Array(size));
    pairStarts = grown(pairStarts, new Int32Array(size));
    valueStarts = grown(valueStarts, new Int32Array(size));
    pairEnds = grown(pairEnds, new Int32Array(size));
  };

  const read = (record: string) => {
    text = record;
    segmentCount = 0;
    pairCount = 0;
    firstPairs[0] = 0;
    let at = 0;
    while (at < record.length) {
      if (segmentCount === starts.length) growSegments();
      const segment = segmentCount;
      const end = record.indexOf('\n', at);
      starts[segment] = at;
      pending[segment] = record.charCodeAt(at) === TILDE ? 1 : 0;
      at += 1;
      let digit = 0;
      let time = 0;
      for (; (digit = record.charCodeAt(at)) !== COMMA; at += 1) {
        time = time * TIME_BASE + (digit - (digit < LETTER_A ? ZERO : LETTER_A - 10));
      }
      at += 1;
      let batch = 0;
      for (; (digit = record.charCodeAt(at)) !== COMMA; at += 1) batch = batch * 10 + (digit - ZERO);
      at += 1;
      let row = 0;
      for (; at < end && (digit = record.charCodeAt(at)) !== COMMA; at += 1) row = row * 10 + (digit - ZERO);
      times[segment] = time;
      batches[segment] = batch;
      rows[segment] = row;
      headEnds[segment] = at;
      while (at < end) {
        if (pairCount === names.length) growPairs();
        pairStarts[pairCount] = at;
        at += 1;
        let name = 0;
        for (; (digit = record.charCodeAt(at)) !== COMMA; at += 1) name = name * 10 + (digit - ZERO);
        at += 1;
        names[pairCount] = name;
        valueStarts[pairCount] = at;
        const next = record.indexOf(',', at);
        at = next === -1 || next > end ? end : next;
        pairEnds[pairCount] = at;
        pairCount += 1;
      }
      at = end + 1;
      segmentCount += 1;
      firstPairs[segmentCount] = pairCount;
    }
  };

  return {
    get text() {
      return text;
    },
    get segmentCount() {
      return segmentCount;
    },
    get pairCount() {
      return pairCount;
    },
    read,
    isPending: (segment: number) => pending[segment] === 1,
    /** Of customer attributes: these segments come first. */
    isCustomers: (segment: number) => text.charCodeAt(starts[segment]!) === AT,
    hasPending(): boolean {
      for (let segment = 0; segment < segmentCount; segment += 1) if (pending[segment] === 1) return true;
      return false;
    },
    timeOf: (segment: number) => times[segment]!,
    /** The batch's sequence, or 0 for what was written outside one. */
    batchOf: (segment: number) => batches[segment]!,
    /** The data row, or 0 outside a batch. */
    rowOf: (segment: number) => rows[segment]!,
    /** For `segmentCount`, the number of all pairs. */
    firstPair: (segment: number) => firstPairs[segment]!,
    segment: (segment: number) =>
      text.slice(starts[segment], segment + 1 === segmentCount ? text.length : starts[segment + 1]!),
    /** The segment's text before its first pair. */
    head: (segment: number) => text.slice(starts[segment], headEnds[segment]),
    /** The text of neighbouring pairs of one segment, each with its leading comma. */
    pairs: (from: number, to: number) => text.slice(pairStarts[from], pairEnds[to - 1]),
    nameOf: (pair: number) => names[pair]!,
    /** As stored, escapes and all. */
    valueOf: (pair: number) => text.slice(valueStarts[pair], pairEnds[pair]),
  };
}

/** How a record spells a time in milliseconds. */
export function timeText(time: number): string {
  return time.toString(TIME_BASE);
}

/** `timeText` undone. */
export function timeOfText(text: string): number {
  return Number.parseInt(text, TIME_BASE);
}

/** Eight characters instead of thirteen. */
const TIME_BASE = 36;
const COMMA = 0x2c;
const TILDE = 0x7e;
const AT = 0x40;
const ZERO = 0x30;
const LETTER_A = 0x61;

function grown<Numbers extends Int32Array | Float64Array | Uint8Array>(from: Numbers, into: Numbers): Numbers {
  into.set(from);
  return into;
}
