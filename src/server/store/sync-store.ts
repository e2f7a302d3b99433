/** The one read-write connection, seen from the thread that owns it: plain synchronous calls, each its own transaction. */
import type { RowReading } from '../../protocol/batch-file/data-row.ts';
import type { ClientCode, DiagnosticTally, Settings } from '../../protocol/vocabulary/index.ts';
import type { ApplicationOrder, BatchFields, HEAD_FIELDS } from './batch-columns.ts';
import type { BodyFailure } from './body-check.ts';
import type { BodyParts } from './body-place.ts';
import type { FieldsOf } from './columns.ts';
import type { headFileColumns } from './file-columns.ts';
import type { SourceRecord } from './store.ts';
import type { Verbs } from './verbs.ts';

/** What is asked of a store, without the steps that `jobs/` makes of it, and what those are made of. */
export interface SyncStore extends Omit<Verbs, 'step'> {
  /** What `work` does is one transaction, whatever calls it makes: all of it is there afterwards, or nothing. */
  together<Result>(work: () => Result): Result;
  /** The oldest unfinished batch of each client, whether due or not. */
  heads(): readonly HeadBatch[];
  /**
   * The whole body, as accepted, to be read until the batch's last slice is applied: its memory is used again. Undefined
   * when it is not there (a spool file lost): the batch is then stuck.
   */
  readBody(sequence: number): Uint8Array | undefined;
  /** pcId batches of such a client are applied in arrival order: two rows may mean one profile. */
  hasLinks(client: ClientCode): boolean;
  /** Rows, outcomes, diagnostics and counters in one transaction. */
  applySlice(slice: Slice): void;
  /**
   * Its body cannot be applied, and is deleted, or without a `failure` somebody asked for it: the batch is `stuck`, no
   * head any more, and the next one goes on.
   */
  abandonBatch(sequence: number, now: number, failure?: BodyFailure): void;
  /** Files of customer attributes that wait, in the order of their turns, due or not; the first of many. */
  headFiles(): readonly HeadFile[];
  /** Undefined where its bytes are gone. */
  openFile(sequence: number): BodyParts | undefined;
  source(generation: number, alias: string): SourceRecord | undefined;
  /** It is judged good: the first one makes the source's schema, of these names. `headerBytes` are with what ends the row. */
  beginFile(
    file: HeadFile,
    good: Pick<HeadFile, 'rows' | 'skipped'> & { readonly headerBytes: number; readonly attributes: readonly string[] },
  ): void;
  applyRecords(slice: RecordSlice): void;
  /** One bounded step of reclaiming what dropped clients and evicted bodies left; true when there is more. */
  sweep(): boolean;
}

/**
 * A batch that waits. `consumedCount` are the rows already applied, in the order of application: where to go on after a
 * restart. `bodyBytes` bounds what is held in memory before it is read.
 */
export type HeadBatch = Pick<BatchFields, (typeof HEAD_FIELDS)[number] | 'client' | 'settings'>;

/** A file of customer attributes that waits. */
export type HeadFile = FieldsOf<ReturnType<typeof headFileColumns>>;

/** Rows of a file of customer attributes, in any order but that of one id's. */
export interface RecordSlice {
  readonly file: number;
  readonly generation: number;
  readonly source: number;
  /** As shown, for each of `values`. */
  readonly names: readonly string[];
  readonly rows: Iterable<{ row: number; id: string; hash: number; values: readonly (string | null)[] }>;
  readonly now: number;
  readonly settings: Settings;
  /** Where to go on behind it; `loss` is counted while `rows` are read. */
  readonly progress: Pick<HeadFile, 'appliedBytes' | 'stretchRows' | 'appliedRows' | 'loss'>;
}

export interface Slice {
  readonly batch: HeadBatch;
  /** Stored with the first slice, given back in `HeadBatch.order`: consumedCount counts rows in this order. */
  readonly order: ApplicationOrder;
  /** Names that `DataRow.attributes` index into. */
  readonly attributeNames: readonly string[];
  /** In the order of application. A row object may be reused for the next one. */
  readonly rows: Iterable<SliceRow>;
  readonly now: number;
  /**
   * Asked once after the last row: what was noted while *reading* this slice. The store itself notes what only it sees
   * (v2-override-caveat where `readingsDiffer`, lim-64k-evict) and merges both into the batch's tallies.
   */
  readonly diagnostics: () => readonly DiagnosticTally[];
  /** Asked of each row that would be written: whether it is lost on purpose. */
  readonly lost?: ((row: number) => 'silent' | 'visible' | undefined) | undefined;
  /** The batch is complete after this slice. */
  readonly last: boolean;
  /** With `last`, where it is not complete but `stuck` on purpose. */
  readonly stuck?: boolean;
  /** The rest of the batch is not due before this. */
  readonly dueAt?: number | undefined;
}

export interface SliceRow {
  /** Data row number, from 1. */
  readonly row: number;
  readonly reading: RowReading;
  /** Hash of the decoded identity, as `store/profile-key.ts` computes it; undefined where `reading` is no data row. */
  readonly hash: number | undefined;
}
