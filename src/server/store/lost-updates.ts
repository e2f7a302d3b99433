/** What a write takes away of other batches and does not write itself: the lost updates of rule v2-override-caveat. */
import type { LayerPlan } from '../../protocol/rules/v2.ts';
import type { NameMarks } from './name-marks.ts';
import type { RecordScan } from './record-scan.ts';

/** Attributes of one earlier write, on their way out. */
export interface LostUpdate {
  /** Sequence and row of the batch that wrote them. */
  readonly batch: number;
  readonly row: number;
  /** Name ids. */
  readonly names: readonly number[];
}

/** A name that the write itself sets anew is updated, not lost; what was written outside a batch has nobody to be named. */
export function lostUpdates(
  scan: RecordScan,
  { drops }: Pick<LayerPlan, 'drops'>,
  written: NameMarks,
  by: number,
): readonly LostUpdate[] {
  if (drops === 'nothing' || scan.segmentCount === 0) return NONE;
  const lost: LostUpdate[] = [];
  for (let at = 0; at < scan.segmentCount; at += 1) {
    const batch = scan.batchOf(at);
    if (batch === 0 || batch === by || scan.isCustomers(at) || (drops === 'pending' && !scan.isPending(at))) continue;
    const names: number[] = [];
    for (let pair = scan.firstPair(at); pair < scan.firstPair(at + 1); pair += 1) {
      const name = scan.nameOf(pair);
      if (!written.has(name)) names.push(name);
    }
    if (names.length > 0) lost.push({ batch, row: scan.rowOf(at), names });
  }
  return lost;
}

const NONE: readonly LostUpdate[] = [];
