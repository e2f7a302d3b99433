/**
 * All attributes of one profile as one text, cut and joined without making an object for each.
 *
 * A segment for each write, in the order of the writes: `<layer><time>,<batch>,<row>` (`=` base, `~` pending; the time in
 * base 36, since every profile holds one; before these `@` customer attributes, whose batch is a file, and `+` what
 * waits in a session; batch and row empty outside a batch), then `,<name id>,<value>` for each attribute, then LF. In
 * values only `%`, `,` and LF are escaped. A segment that lost its last attribute is gone.
 */
import type { LayerPlan } from '../../protocol/rules/v2.ts';
import type { AttributeNames } from './attribute-names.ts';
import type { NameMarks } from './name-marks.ts';
import { type RecordScan, timeText } from './record-scan.ts';

export type Layer = LayerPlan['layer'];

/** What all writes of one time and batch have in common; `batch` is an empty string outside a batch. */
export function segmentStamp(now: number, batch: number | ''): string {
  return `${timeText(now)},${batch},`;
}

/** Everything of a segment before its first attribute; `row` is an empty string outside a batch. */
export function segmentHead(layer: Layer | 'customers' | 'session', stamp: string, row: number | ''): string {
  return LAYER_MARKS[layer] + stamp + row;
}

/** A segment of these pairs; none where there are no pairs. */
export const segmentOf = (head: string, pairs: string): string => (pairs === '' ? '' : `${head}${pairs}\n`);

/** Attributes as a segment spells them; a value of null is left out. */
export function pairsOf(names: AttributeNames, ids: readonly number[], values: readonly (string | null)[]): string {
  let pairs = '';
  for (let at = 0; at < ids.length; at += 1) {
    const value = values[at]!;
    if (value !== null) pairs += names.prefixOf(ids[at]!) + escapeValue(value);
  }
  return pairs;
}

const LAYER_MARKS = { base: '=', pending: '~', customers: '@', session: '+' };

export function escapeValue(value: string): string {
  return ESCAPED.test(value) ? value.replace(ESCAPED_ALL, (unit) => ESCAPES[unit]!) : value;
}

export function unescapeValue(text: string): string {
  return text.includes('%') ? text.replace(ESCAPES_ALL, (escape) => UNESCAPES[escape]!) : text;
}

const ESCAPED = /[%,\n]/;
const ESCAPED_ALL = /[%,\n]/g;
const ESCAPES_ALL = /%(?:25|2C|0A)/g;
const ESCAPES: Record<string, string> = { '%': '%25', ',': '%2C', '\n': '%0A' };
const UNESCAPES: Record<string, string> = { '%25': '%', '%2C': ',', '%0A': '\n' };

/** The record after a write: `segment` is the new one, `written` its names. */
export function mergeRecord(
  scan: RecordScan,
  plan: Pick<LayerPlan, 'layer' | 'drops'>,
  written: NameMarks,
  segment: string,
): string {
  if (plan.drops === 'everything') return scan.text.slice(0, ownStart(scan.text)) + segment;
  let kept = '';
  for (let at = 0; at < scan.segmentCount; at += 1) {
    const isPending = scan.isPending(at);
    if (isPending && plan.drops === 'pending') continue;
    // A base write takes the name out of both layers; a pending one leaves the base value beneath it.
    kept += plan.layer === 'base' || isPending ? segmentWithout(scan, at, written) : scan.segment(at);
  }
  return kept === '' ? segment : kept + segment;
}

/** The record after a visit: pending became base, each attribute keeping its time and its place. */
export function foldRecord(scan: RecordScan, marks: NameMarks): string {
  markPendingNames(scan, marks);
  let folded = '';
  for (let at = 0; at < scan.segmentCount; at += 1) {
    folded += scan.isPending(at) ? `=${scan.segment(at).slice(1)}` : segmentWithout(scan, at, marks);
  }
  return folded;
}

/** The record without some names, in either layer. */
export function recordWithout(scan: RecordScan, names: NameMarks): string {
  let kept = '';
  for (let at = 0; at < scan.segmentCount; at += 1) kept += segmentWithout(scan, at, names);
  return kept;
}

/** Which attributes a fetch shows, as indexes into the scan: the pending value where both layers hold a name. */
export function visibleAttributes(scan: RecordScan, marks: NameMarks): number[] {
  markPendingNames(scan, marks);
  const visible: number[] = [];
  for (let pair = 0; pair < scan.pairCount; pair += 1) {
    if (scan.isPending(scan.segmentOf(pair)) || !marks.has(scan.nameOf(pair))) visible.push(pair);
  }
  return visible;
}

/** What rule 72 asks about a record, for a write of the marked names by a batch. */
export interface RecordFacts {
  ownAttributes: boolean;
  ownPending: boolean;
  leavesAttributes: boolean;
}

export function readFacts(scan: RecordScan, batch: number, written: NameMarks, facts: RecordFacts): void {
  facts.ownAttributes = false;
  facts.ownPending = false;
  facts.leavesAttributes = false;
  for (let at = 0; at < scan.segmentCount; at += 1) {
    if (scan.batchOf(at) !== batch || scan.isCustomers(at)) continue;
    facts.ownAttributes = true;
    if (scan.isPending(at)) facts.ownPending = true;
  }
  // Every name a record holds is visible, from one layer or the other.
  for (let pair = 0; pair < scan.pairCount; pair += 1) {
    if (written.has(scan.nameOf(pair)) || scan.isCustomers(scan.segmentOf(pair))) continue;
    facts.leavesAttributes = true;
    return;
  }
}

/** Where a record's own attributes begin, behind those of customers. */
export function ownStart(record: string): number {
  let start = 0;
  while (record.charCodeAt(start) === 0x40) start = record.indexOf('\n', start) + 1;
  return start;
}

/** These marks are of the names of a record. */
export function markNames(scan: RecordScan, marks: NameMarks): NameMarks {
  marks.clear();
  for (let pair = 0; pair < scan.pairCount; pair += 1) marks.add(scan.nameOf(pair));
  return marks;
}

function markPendingNames(scan: RecordScan, marks: NameMarks): void {
  marks.clear();
  for (let pair = 0; pair < scan.pairCount; pair += 1) {
    if (scan.isPending(scan.segmentOf(pair))) marks.add(scan.nameOf(pair));
  }
}

/** Runs of kept attributes are copied whole. */
function segmentWithout(scan: RecordScan, at: number, names: NameMarks): string {
  const first = scan.firstPair(at);
  const end = scan.firstPair(at + 1);
  let kept = '';
  let runStart = first;
  for (let pair = first; pair < end; pair += 1) {
    if (!names.has(scan.nameOf(pair))) continue;
    if (pair > runStart) kept += scan.pairs(runStart, pair);
    runStart = pair + 1;
  }
  if (runStart === first) return scan.segment(at);
  if (end > runStart) kept += scan.pairs(runStart, end);
  return kept === '' ? '' : `${scan.head(at)}${kept}\n`;
}
