/** Gives each part's bytes, as often as they must be sent. */
import type { RunOptions } from '../progress.ts';
import { abortable } from '../read/abortable.ts';
import { HeldBytes, lineBlocks } from '../spool/held-bytes.ts';
import type { PrivateDirectory } from '../spool/private-directory.ts';
import { UploadError } from '../upload-error.ts';
import { rowKey } from './row-key.ts';
import type { Survey } from './survey-input.ts';
import type { UploadPlan } from './upload-plan.ts';

export interface PartBody {
  /** Exactly so many. */
  readonly bytes: number;
  /** Anew for each attempt. */
  open(): AsyncIterable<Uint8Array>;
}

/** From 1, as in the plan. */
export type PartBodies = (part: number) => PartBody;

/** Of the rows that were `held` while they were judged; those of several parts are told apart in private files. */
export async function partBodies(
  { plan, header, split }: Survey,
  held: HeldBytes,
  { areKept }: { /** All of it in files, for who comes after this process. */ readonly areKept: boolean },
  spool: PrivateDirectory,
  { signal, onProgress }: RunOptions,
): Promise<PartBodies> {
  const { parts, idKind } = plan;
  if (parts.length === 1) {
    if (areKept) await held.settle('part-1');
    return bodiesOf(plan, header, () => held.read());
  }

  const bufferBytes = Math.min(BLOCK_BYTES, Math.max(4096, Math.floor(SPOOL_BUFFER_BYTES / parts.length)));
  const spooled = parts.map(({ part }) => new HeldBytes(spool, `part-${part}`, bufferBytes));
  let rows = 0;
  for await (const block of abortable(lineBlocks(held.read()), signal)) {
    for (let start = 0, end = 0; start < block.length; start = end, rows += 1) {
      end = block.indexOf(LINE_FEED, start) + 1;
      const full = spooled[split.partOf(rowKey(block, start, idKind)) - 1]!.add(block, start, end);
      if (full !== undefined) await full;
    }
    onProgress?.({ kind: 'splitting', rows, rowsMax: plan.rows });
  }
  for (const one of spooled) await one.settle();
  await held.drop();
  return bodiesOf(plan, header, (part) => spooled[part - 1]!.read());
}

/** Of parts that `partBodies` has written to the files of a folder, perhaps in another process. */
export const keptBodies = (files: PrivateDirectory, header: string, plan: UploadPlan): PartBodies =>
  bodiesOf(plan, header, (part) => files.read(`part-${part}`));

function bodiesOf(plan: UploadPlan, header: string, rowsOfPart: (part: number) => AsyncIterable<Uint8Array>) {
  const head = Buffer.from(header, 'latin1');
  return (part: number): PartBody => {
    const { bytes } = plan.parts[part - 1]!;
    async function* open() {
      yield head;
      let read = head.length;
      for await (const chunk of rowsOfPart(part)) {
        read += chunk.length;
        // Nothing beyond what the request says of its length.
        if (read > bytes) break;
        yield chunk;
      }
      if (read === bytes) return;
      const message = `The rows kept of part ${part} are not what was judged, but ${read < bytes ? 'shorter' : 'longer'}. Upload the input anew.`;
      throw new UploadError('spool-unusable', message, { retryable: false });
    }
    return { bytes, open };
  };
}

/** The lines of a body below its header row, many at a time: they are ASCII. `onHeader` hears the names. */
export async function* linesOf({ open }: PartBody, onHeader?: (line: string) => void) {
  let isHeader = true;
  for await (const block of lineBlocks(open())) {
    const lines = block.toString('latin1', 0, block.length - 1).split('\n');
    const header = isHeader ? lines.shift() : undefined;
    if (header !== undefined) onHeader?.(header);
    isHeader = false;
    yield lines;
  }
}

const LINE_FEED = 0x0a;
const BLOCK_BYTES = 64 * 1024;
/** Held in memory for all parts together while they are written. */
const SPOOL_BUFFER_BYTES = 32 * 1024 * 1024;
