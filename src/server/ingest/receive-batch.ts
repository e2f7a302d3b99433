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
    const intake = bodyIntake(settings, notes);
    let bytes = 0;
    for await (const chunk of chunks) {
      const block = chunk.subarray(0, BATCH_FILE_BYTES_LIMIT - bytes);
      bytes += block.length;
      for (const piece of intake.write(block)) {
        if ('kind' in piece) return piece;
        await sink.write(piece);
      }
      const size = limFileSize.decide(bytes);
      if (typeof size === 'object') return size;
    }
    for (const piece of intake.end()) {
      if ('kind' in piece) return piece;
      await sink.write(piece);
    }

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
  /** What of the block is to be stored; a refusal ends it. A piece is overwritten by the next one. */
  write(block: Uint8Array): Iterable<Uint8Array | Rejection>;
  end(): Iterable<Uint8Array | Rejection>;
  /** After the end. */
  counted(): { readonly batchSize: number; readonly idKind: VisitorIdKind };
}

function bodyIntake(settings: Settings, notes: DiagnosticTallies): BodyIntake {
  const lines = lineIntake(notes);
  const form =
    settings.body === 'form' ? formBody((row, column) => notes.note('enc-two-readings', row, column)) : undefined;
  /** The first bytes, until there are enough for a byte order mark and `batch=`; undefined once they are judged. */
  let start: Buffer | undefined = Buffer.alloc(0);

  function* read(block: Uint8Array): Iterable<Uint8Array | Rejection> {
    for (const piece of form?.write(block) ?? [block]) {
      if (piece.length === 0) continue;
      yield lines.read(piece) ?? piece;
    }
  }

  function* readStart(bytes: Buffer): Iterable<Uint8Array | Rejection> {
    start = undefined;
    let prefixAt = 0;
    if (bytes.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)) {
      const judgement = ourByteOrderMark.decide(settings.byteOrderMark);
      if ('kind' in judgement) yield judgement;
      else notes.noteAll([judgement]);
      prefixAt = BYTE_ORDER_MARK.length;
    }
    const prefix = bytes.subarray(prefixAt, prefixAt + BATCH_PREFIX.length);
    yield bodyBatchPrefix.decide(prefix.toString('latin1')) ?? prefix;
    yield* read(bytes.subarray(prefixAt + BATCH_PREFIX.length));
  }

  return {
    *write(block) {
      if (start === undefined) {
        yield* read(block);
        return;
      }
      const missing = START_BYTES - start.length;
      start = Buffer.concat([start, block.subarray(0, missing)]);
      if (start.length < START_BYTES) return;
      yield* readStart(start);
      yield* read(block.subarray(missing));
    },
    *end() {
      if (start !== undefined) yield* readStart(start);
      const rest = form?.end();
      if (rest !== undefined && rest.length > 0) yield lines.read(rest) ?? rest;
      const refusal = lines.end();
      if (refusal !== undefined) yield refusal;
    },
    counted: lines.counted,
  };
}

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const START_BYTES = BYTE_ORDER_MARK.length + BATCH_PREFIX.length;

/** What follows `batch=`: the header row is judged when its line is complete, data rows are only counted. */
function lineIntake(notes: DiagnosticTallies) {
  const scan = rowScan();
  let idKind: VisitorIdKind | undefined;
  let batchSize = 0;
  /** The line that may become the header row, which alone has to be held whole. */
  let held: Buffer[] = [];

  const read = (bytes: Uint8Array): Rejection | undefined => {
    const block = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let from = 0; ;) {
      const lineEnd = scan.lineEnd(block, from);
      if (idKind === undefined) held.push(Buffer.from(block.subarray(from, lineEnd === -1 ? undefined : lineEnd)));
      if (lineEnd === -1) return undefined;
      const refusal = endLine();
      if (refusal !== undefined) return refusal;
      from = lineEnd + 1;
    }
  };

  const endLine = (): Rejection | undefined => {
    const isRow = scan.endLine();
    if (idKind === undefined) return endHeaderLine();
    if (!isRow) return undefined;
    batchSize += 1;
    return limRows.decide(batchSize);
  };

  const endHeaderLine = (): Rejection | undefined => {
    const bytes = Buffer.concat(held);
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
      const refusal = endLine() ?? errBatchMissing.decide(idKind);
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
