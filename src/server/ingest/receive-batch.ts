/** Takes a submission in while it arrives: judged by the grammar, written to the sink it was given, chunk by chunk. */
import { diagnosticTallies } from '../../protocol/batch-file/diagnostic-tally.ts';
import { type BatchFileCounts, batchFileReader } from '../../protocol/batch-file/read-batch-file.ts';
import { keyEcidGuidance, ourV1ThirdPartyId } from '../../protocol/rules/keys.ts';
import type { Api, DiagnosticTally, Rejection, Settings, VisitorIdKind } from '../../protocol/vocabulary/index.ts';
import type { Body, BodySink } from '../store/store.ts';

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
 * `stream.iterator({ destroyOnReturn: false })`. `api` is for the notes on how it goes with the kind of id.
 */
export async function receiveBatch(
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  { api, settings, sink }: { readonly api: Api; readonly settings: Settings; readonly sink: BodySink },
): Promise<ReceivedBatch | Rejection> {
  let isKept = false;
  try {
    const notes = diagnosticTallies();
    const reader = batchFileReader(settings, notes);
    for await (const chunk of chunks) {
      const refusal = await keep(reader.write(chunk), sink);
      if (refusal !== undefined) return refusal;
    }
    const end: BatchFileCounts | Rejection = await keep(reader.end(), sink);
    if (end.kind === 'rejection') return end;

    const { bytes, rows: batchSize, idKind } = end;
    if (keyEcidGuidance.decide(api, idKind)) notes.note('key-ecid-guidance', 0);
    if (ourV1ThirdPartyId.decide(api, idKind)) notes.note('our-v1-third-party-id', 0);
    const body = await sink.finish();
    isKept = true;
    return { kind: 'received', body, bytes, batchSize, idKind, diagnostics: notes.tallies() };
  } finally {
    if (!isKept) await sink.discard();
  }
}

async function keep<Result>(pieces: Generator<Uint8Array, Result>, sink: BodySink): Promise<Result> {
  for (;;) {
    const turn = pieces.next();
    if (turn.done === true) return turn.value;
    await sink.write(turn.value);
  }
}
