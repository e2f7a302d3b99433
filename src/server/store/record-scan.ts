/** Where the segments and attributes of a record begin and end. One scan is used again for every record. */

export type RecordScan = ReturnType<typeof recordScan>;

export function recordScan() {
  let text = '';
  let segmentCount = 0;
  let pairCount = 0;
  // Numbers side by side instead of objects: a scan of an ordinary record allocates nothing. Times need 53 bits.
  let segments = new Float64Array(SEGMENT_FIELDS * 8);
  let pairs = new Int32Array(PAIR_FIELDS * 32);
  const ofSegment = (segment: number, field: number) => segments[segment * SEGMENT_FIELDS + field]!;
  const ofPair = (pair: number, field: number) => pairs[pair * PAIR_FIELDS + field]!;

  const read = (record: string) => {
    text = record;
    segmentCount = 0;
    pairCount = 0;
    let at = 0;
    while (at < record.length) {
      const segment = segmentCount * SEGMENT_FIELDS;
      if (segment === segments.length) segments = doubled(segments, new Float64Array(segment * 2));
      const end = record.indexOf('\n', at);
      segments[segment + START] = at;
      segments[segment + FIRST_PAIR] = pairCount;
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
      segments[segment + TIME] = time;
      segments[segment + BATCH] = batch;
      segments[segment + ROW] = row;
      segments[segment + HEAD_END] = at;
      while (at < end) {
        const pair = pairCount * PAIR_FIELDS;
        if (pair === pairs.length) pairs = doubled(pairs, new Int32Array(pair * 2));
        pairs[pair + START] = at;
        pairs[pair + SEGMENT] = segmentCount;
        at += 1;
        let name = 0;
        for (; (digit = record.charCodeAt(at)) !== COMMA; at += 1) name = name * 10 + (digit - ZERO);
        at += 1;
        pairs[pair + NAME] = name;
        pairs[pair + VALUE_START] = at;
        const next = record.indexOf(',', at);
        at = next === -1 || next > end ? end : next;
        pairs[pair + END] = at;
        pairCount += 1;
      }
      at = end + 1;
      segmentCount += 1;
    }
  };

  const startOf = (segment: number) => (segment === segmentCount ? text.length : ofSegment(segment, START));
  const isMarked = (segment: number, mark: number) => text.charCodeAt(ofSegment(segment, START)) === mark;

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
    isPending: (segment: number) => isMarked(segment, TILDE),
    /** Of customer attributes: these segments come first. */
    isCustomers: (segment: number) => isMarked(segment, AT),
    timeOf: (segment: number) => ofSegment(segment, TIME),
    /** The batch's sequence, or 0 for what was written outside one. */
    batchOf: (segment: number) => ofSegment(segment, BATCH),
    /** The data row, or 0 outside a batch. */
    rowOf: (segment: number) => ofSegment(segment, ROW),
    /** For `segmentCount`, the number of all pairs. */
    firstPair: (segment: number) => (segment === segmentCount ? pairCount : ofSegment(segment, FIRST_PAIR)),
    segment: (segment: number) => text.slice(startOf(segment), startOf(segment + 1)),
    /** The segment's text before its first pair. */
    head: (segment: number) => text.slice(startOf(segment), ofSegment(segment, HEAD_END)),
    /** The text of neighbouring pairs of one segment, each with its leading comma. */
    pairs: (from: number, to: number) => text.slice(ofPair(from, START), ofPair(to - 1, END)),
    segmentOf: (pair: number) => ofPair(pair, SEGMENT),
    nameOf: (pair: number) => ofPair(pair, NAME),
    /** As stored, escapes and all. */
    valueOf: (pair: number) => text.slice(ofPair(pair, VALUE_START), ofPair(pair, END)),
  };
}

/** Of a segment. */
const [START, HEAD_END, FIRST_PAIR, TIME, BATCH, ROW, SEGMENT_FIELDS] = [0, 1, 2, 3, 4, 5, 6] as const;
/** Of a pair; it too has its `START`. */
const [END, SEGMENT, NAME, VALUE_START, PAIR_FIELDS] = [1, 2, 3, 4, 5] as const;

function doubled<Numbers extends Int32Array | Float64Array>(from: Numbers, into: Numbers): Numbers {
  into.set(from);
  return into;
}

/** How a record spells a time in milliseconds. */
export const timeText = (time: number): string => time.toString(TIME_BASE);

/** `timeText` undone. */
export const timeOfText = (text: string): number => Number.parseInt(text, TIME_BASE);

/** Eight characters instead of thirteen. */
const TIME_BASE = 36;
const COMMA = 0x2c;
const TILDE = 0x7e;
const AT = 0x40;
const ZERO = 0x30;
const LETTER_A = 0x61;
