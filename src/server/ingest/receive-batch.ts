/** Takes a submission in while it arrives: counts, judges, and writes it to the sink it was given, chunk by chunk. */
import { isUtf8 } from 'node:buffer';
import { readHeaderRow } from '../../protocol/batch-file/header-row.ts';
import { hdrEncoded } from '../../protocol/rules/header-row.ts';
import { keyEcidGuidance } from '../../protocol/rules/keys.ts';
import { limFileSize, limRows } from '../../protocol/rules/limits.ts';
import {
  bodyBatchPrefix,
  errBatchMissing,
  ourByteOrderMark,
  ourHeaderOnly,
  ourLineEnds,
} from '../../protocol/rules/request-format.ts';
import { BATCH_FILE_BYTES_LIMIT, BATCH_PREFIX } from '../../protocol/vocabulary/index.ts';
import type { Api, DiagnosticTally, Rejection, Settings, VisitorIdKind } from '../../protocol/vocabulary/index.ts';
import type { Body, BodySink } from '../store/store.ts';
import { type DiagnosticTallies, diagnosticTallies } from './diagnostic-tally.ts';
import { formBody } from './form-body.ts';
import { rowScan } from './line-scan.ts';

export interface ReceiveBatchOptions {
  /** For the note that key-ecid-guidance is: v2 with pcId. */
  readonly api: Api;
  readonly settings: Settings;
  readonly sink: BodySink;
  /** Of the request, where it has one: a batch that must be too large is refused before its first byte. */
  readonly contentLength?: number | undefined;
}

export interface ReceivedBatch {
  readonly kind: 'received';
  /**
   * What the grammar reads: `batch=` first, without a byte order mark, in the form reading already rewritten. Whoever
   * reads it again must read it raw.
   */
  readonly body: Body;
  /** As posted. */
  readonly bytes: number;
  /** Data rows. */
  readonly batchSize: number;
  readonly idKind: VisitorIdKind;
  readonly diagnostics: readonly DiagnosticTally[];
}

/**
 * The refusal of the whole batch is returned as soon as it is known, whatever the chunks: the byte that causes it
 * decides. The sink is finished or discarded in every case; when `chunks` throws (a cut connection) its error goes on.
 *
 * A refusal ends the iteration early, and that ends a Node stream together with its socket: to answer on it, pass
 * `stream.iterator({ destroyOnReturn: false })`.
 */
export async function receiveBatch(
  chunks: AsyncIterable<Uint8Array>,
  { api, settings, sink, contentLength }: ReceiveBatchOptions,
): Promise<ReceivedBatch | Rejection> {
  let isKept = false;
  try {
    const announced = limFileSize.decide(contentLength ?? 0);
    if (typeof announced === 'object') return announced;

    const notes = diagnosticTallies();
    const intake = bodyIntake(settings, notes, sink);
    let bytes = 0;
    for await (const chunk of chunks) {
      const room = BATCH_FILE_BYTES_LIMIT - bytes;
      const block = chunk.length > room ? chunk.subarray(0, room) : chunk;
      bytes += block.length;
      const refusal = await intake.write(asBuffer(block));
      if (refusal !== undefined) return refusal;
      const size = limFileSize.decide(bytes);
      if (typeof size === 'object') return size;
    }
    const refusal = await intake.end();
    if (refusal !== undefined) return refusal;

    const { batchSize, idKind } = intake.counted();
    if (limFileSize.decide(bytes) === 'warn') notes.note('lim-file-size');
    if (keyEcidGuidance.decide(api, idKind)) notes.note('key-ecid-guidance', 0);
    const body = await sink.finish();
    isKept = true;
    return { kind: 'received', body, bytes, batchSize, idKind, diagnostics: notes.tallies() };
  } finally {
    if (!isKept) await sink.discard();
  }
}

interface BodyIntake {
  /** Judges the block and writes what is to be stored of it into the sink; a refusal ends it. */
  write(block: Buffer): Promise<Rejection | undefined>;
  end(): Promise<Rejection | undefined>;
  /** After the end. */
  counted(): { readonly batchSize: number; readonly idKind: VisitorIdKind };
}

function bodyIntake(settings: Settings, notes: DiagnosticTallies, sink: BodySink): BodyIntake {
  const lines = lineIntake(notes);
  const form =
    settings.body === 'form' ? formBody((row, column) => notes.note('enc-two-readings', row, column)) : undefined;
  /** The first bytes, until there are enough for a byte order mark and `batch=`; undefined once they are judged. */
  let start: Buffer | undefined = EMPTY;

  /** What follows `batch=` stands in the block from `from` on. */
  const read = async (block: Buffer, from = 0): Promise<Rejection | undefined> => {
    if (form === undefined) {
      const refusal = lines.read(block, from);
      if (refusal === undefined) await sink.write(block);
      return refusal;
    }
    if (from > 0) await sink.write(block.subarray(0, from));
    // A piece is overwritten by the next one.
    for (const piece of form.write(block.subarray(from))) {
      const refusal = lines.read(asBuffer(piece));
      if (refusal !== undefined) return refusal;
      await sink.write(piece);
    }
    return undefined;
  };

  const readStart = async (bytes: Buffer): Promise<Rejection | undefined> => {
    start = undefined;
    let batch = bytes;
    if (bytes.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)) {
      const judgement = ourByteOrderMark.decide(settings.byteOrderMark);
      if ('kind' in judgement) return judgement;
      notes.noteAll([judgement]);
      batch = bytes.subarray(BYTE_ORDER_MARK.length);
    }
    const refusal = bodyBatchPrefix.decide(batch.toString('latin1', 0, BATCH_PREFIX.length));
    return refusal ?? read(batch, BATCH_PREFIX.length);
  };

  return {
    async write(block) {
      if (start === undefined) return read(block);
      // Nearly always the whole start is in the first block.
      start = start.length === 0 ? block : Buffer.concat([start, block]);
      if (start.length >= START_BYTES) return readStart(start);
      start = Buffer.from(start);
      return undefined;
    },
    async end() {
      const early = start === undefined ? undefined : await readStart(start);
      if (early !== undefined) return early;
      const rest = asBuffer(form?.end() ?? EMPTY);
      const late = lines.read(rest) ?? lines.end();
      if (late === undefined && rest.length > 0) await sink.write(rest);
      return late;
    },
    counted: lines.counted,
  };
}

const EMPTY = Buffer.alloc(0);
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const START_BYTES = BYTE_ORDER_MARK.length + BATCH_PREFIX.length;

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** What follows `batch=`: the header row is judged when its line is complete, data rows are only counted. */
function lineIntake(notes: DiagnosticTallies) {
  const scan = rowScan();
  let idKind: VisitorIdKind | undefined;
  let batchSize = 0;
  /** The line that may become the header row, which alone has to be held whole: what earlier blocks had of it. */
  let held: Buffer[] = [];

  const read = (block: Buffer, start = 0): Rejection | undefined => {
    for (let from = start; ;) {
      const lineEnd = scan.lineEnd(block, from);
      if (lineEnd === -1) {
        // A copy, since the block is the sender's.
        if (idKind === undefined && from < block.length) held.push(Buffer.from(block.subarray(from)));
        return undefined;
      }
      const refusal = endLine(block, from, lineEnd);
      if (refusal !== undefined) return refusal;
      from = lineEnd + 1;
    }
  };

  const endLine = (block: Buffer, start: number, end: number): Rejection | undefined => {
    const isRow = scan.endLine();
    if (idKind === undefined) return endHeaderLine(block.subarray(start, end));
    if (!isRow) return undefined;
    batchSize += 1;
    return limRows.decide(batchSize);
  };

  const endHeaderLine = (rest: Buffer): Rejection | undefined => {
    const bytes = held.length === 0 ? rest : Buffer.concat([...held, rest]);
    held = [];
    if (!isUtf8(bytes)) return hdrEncoded.decide(undefined, columnNotUtf8(bytes));
    const line = ourLineEnds.decide(bytes.toString('utf8'));
    if (line === undefined) return undefined;
    const header = readHeaderRow(line, (rule, column) => notes.note(rule, 0, column));
    if (header.kind === 'rejection') return header;
    idKind = header.idKind;
    return undefined;
  };

  return {
    read,
    end(): Rejection | undefined {
      const refusal = endLine(EMPTY, 0, 0) ?? errBatchMissing.decide(idKind);
      if (refusal !== undefined) return refusal;
      const headerOnly = ourHeaderOnly.decide(batchSize);
      if (headerOnly !== undefined) notes.noteAll([headerOnly]);
      return undefined;
    },
    counted() {
      if (idKind === undefined) throw new Error('The batch was counted before its header row was read.');
      return { batchSize, idKind };
    },
  };
}

/** A comma is never part of a longer character, so one cell at least is broken by itself. */
function columnNotUtf8(line: Buffer): number {
  let start = 0;
  for (let column = 1; ; column += 1) {
    const comma = line.indexOf(0x2c, start);
    if (comma === -1 || !isUtf8(line.subarray(start, comma))) return column;
    start = comma + 1;
  }
}
