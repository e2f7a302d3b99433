/** Reads a batch file in blocks, given as text or bytes: for tests that want what stands in it. */
import type { BatchFileListener } from '../../../../src/protocol/batch-file/line-intake.ts';
import {
  type BatchFileCounts,
  batchFileReader,
  resultOf,
} from '../../../../src/protocol/batch-file/read-batch-file.ts';
import { DEFAULT_SETTINGS, type Rejection, type Settings } from '../../../../src/protocol/vocabulary/index.ts';

export function readBlocks(
  blocks: Iterable<string | Uint8Array>,
  on: Partial<BatchFileListener>,
  settings: Partial<Settings> = {},
): BatchFileCounts | Rejection {
  const reader = batchFileReader({ ...DEFAULT_SETTINGS, ...settings }, { note: () => {}, ...on });
  for (const block of blocks) {
    const copy = Buffer.from(block as string);
    const refusal = resultOf(reader.write(copy));
    if (refusal !== undefined) return refusal;
    copy.fill(0x2e); // Nobody may look at a block again.
  }
  return resultOf(reader.end());
}

/** Cut at these places, which may lie anywhere. */
export function cutAt(file: string | Uint8Array, cuts: readonly number[]): readonly Uint8Array[] {
  const bytes = Buffer.from(file as string);
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  return places.slice(1).map((place, index) => bytes.subarray(places[index], place));
}
