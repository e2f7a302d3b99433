/** Reads a batch file as it is posted, in blocks of bytes cut anywhere: for the server, and for `tpe check` without one. */
import { batchFileBytesLimit, limFileSize } from '../rules/limits.ts';
import { bodyBatchPrefix, ourByteOrderMark } from '../rules/request-format.ts';
import { BATCH_PREFIX, type Rejection, type Settings } from '../vocabulary/index.ts';
import { formBody } from './form-body.ts';
import { asBuffer } from './line-text.ts';
import { type BatchFileListener, type LineCounts, lineIntake } from './line-intake.ts';

export interface BatchFileReader {
  /**
   * Yields what the grammar reads of the block: without a byte order mark, in the form reading already rewritten. Whoever
   * keeps it must read it raw. A piece is good until the next one, a block until it is used up.
   *
   * Returns the refusal of the whole file, as soon as it is known; nothing may follow it.
   */
  write(block: Uint8Array): Generator<Uint8Array, Rejection | undefined>;
  end(): Generator<Uint8Array, BatchFileCounts | Rejection>;
}

export interface BatchFileCounts extends LineCounts {
  /** As posted. */
  readonly bytes: number;
}

/** For whoever keeps nothing of what is read, or takes no pause. */
export function resultOf<Result>(pieces: Generator<unknown, Result>): Result {
  for (;;) {
    const turn = pieces.next();
    if (turn.done === true) return turn.value;
  }
}

/** What is refused, counted and noted depends on the bytes alone, never on where the blocks were cut. */
export function batchFileReader(settings: Settings, on: BatchFileListener): BatchFileReader {
  const lines = lineIntake(settings, on);
  const form =
    settings.body === 'form' ? formBody((row, column) => on.note('enc-two-readings', row, column)) : undefined;
  const bytesLimit = batchFileBytesLimit(settings.sizeLimit);
  let bytes = 0;
  /** The first bytes, until there are enough for a byte order mark and `batch=`; undefined once they are judged. */
  let start: Buffer | undefined = EMPTY;

  /** What follows `batch=` stands in the block from `from` on. */
  function* read(block: Buffer, from = 0): Generator<Uint8Array, Rejection | undefined> {
    if (form === undefined) {
      const refusal = lines.read(block.subarray(from));
      if (refusal === undefined) yield block;
      return refusal;
    }
    if (from > 0) yield block.subarray(0, from);
    for (const piece of form.write(block.subarray(from))) {
      const refusal = lines.read(asBuffer(piece));
      if (refusal !== undefined) return refusal;
      yield piece;
    }
    return undefined;
  }

  function* readStart(block: Buffer): Generator<Uint8Array, Rejection | undefined> {
    start = undefined;
    let batch = block;
    if (block.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)) {
      const judgement = ourByteOrderMark.decide(settings.byteOrderMark);
      if ('kind' in judgement) return judgement;
      on.note(judgement.rule, judgement.row, judgement.column);
      batch = block.subarray(BYTE_ORDER_MARK.length);
    }
    const refusal = bodyBatchPrefix.decide(batch.toString('latin1', 0, BATCH_PREFIX.length));
    return refusal ?? (yield* read(batch, BATCH_PREFIX.length));
  }

  return {
    *write(given) {
      const block = asBuffer(given).subarray(0, bytesLimit - bytes);
      bytes += block.length;
      let refusal: Rejection | undefined;
      if (start === undefined) {
        refusal = yield* read(block);
      } else {
        // Nearly always the whole start is in the first block.
        start = start.length === 0 ? block : Buffer.concat([start, block]);
        if (start.length >= START_BYTES) refusal = yield* readStart(start);
        else start = Buffer.from(start);
      }
      // What comes first in the file is what refuses it.
      if (refusal !== undefined) return refusal;
      const size = limFileSize.decide(bytes, settings.sizeLimit);
      return typeof size === 'object' ? size : undefined;
    },
    *end() {
      const early = start === undefined ? undefined : yield* readStart(start);
      if (early !== undefined) return early;
      const rest = asBuffer(form?.end() ?? EMPTY);
      const late = lines.read(rest);
      if (late !== undefined) return late;
      const ended = lines.end();
      if (ended.kind === 'rejection') return ended;
      if (rest.length > 0) yield rest;
      if (limFileSize.decide(bytes, settings.sizeLimit) === 'warn') on.note('lim-file-size');
      return { ...ended, bytes };
    },
  };
}

const EMPTY = Buffer.alloc(0);
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const START_BYTES = BYTE_ORDER_MARK.length + BATCH_PREFIX.length;
