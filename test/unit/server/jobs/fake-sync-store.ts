/** A store of Maps for the tests of jobs: remembers which rows were applied, in which order, slice by slice. */
import type { BatchId, ClientCode, RuleId, Settings } from '../../../../src/protocol/vocabulary/index.ts';
import { DEFAULT_SETTINGS } from '../../../../src/protocol/vocabulary/index.ts';
import { storedBody } from '../../../../src/server/store/body-check.ts';
import type { AcceptedBatch } from '../../../../src/server/store/store.ts';
import type { ApplicationOrder } from '../../../../src/server/store/batch-columns.ts';
import type { HeadBatch, SyncStore } from '../../../../src/server/store/sync-store.ts';

interface AppliedRow {
  readonly row: number;
  readonly what: string;
  readonly hash: number | undefined;
}

interface FakeBatch {
  readonly accepted: AcceptedBatch;
  readonly sequence: number;
  dueAt: number;
  order: ApplicationOrder | undefined;
  status: 'incomplete' | 'complete' | 'stuck';
  readonly rows: AppliedRow[];
  readonly slices: number[];
  readonly notes: Map<RuleId, number>;
}

export interface FakeSyncStore extends SyncStore {
  batch(batchId: string): FakeBatch;
  /** Every slice applied so far, `batchId:rows`. */
  readonly journal: string[];
  readonly linked: Set<string>;
  /** Called inside each transaction, after its rows. */
  onCommit: (() => void) | undefined;
  loseBody(batchId: string): void;
  bodiesRead: number;
  sweepsLeft: number;
  sweeps: number;
  closed: number;
}

export function fakeSyncStore(): FakeSyncStore {
  const batches: FakeBatch[] = [];
  const lost = new Set<string>();
  const heads = (): HeadBatch[] => {
    const first = new Map<string, FakeBatch>();
    for (const batch of batches) {
      const { client } = batch.accepted;
      if (batch.status === 'incomplete' && !first.has(client)) first.set(client, batch);
    }
    return Array.from(first.values(), (batch) => ({
      ...batch.accepted,
      sequence: batch.sequence,
      generation: 1,
      consumedCount: batch.rows.length,
      dueAt: batch.dueAt,
      order: batch.order,
      bodyBytes: storedBody(batch.accepted.body).byteLength,
      bodyChecksum: storedBody(batch.accepted.body).checksum,
    }));
  };
  const bySequence = (sequence: number) => batches[sequence - 1]!;

  const store: FakeSyncStore = {
    journal: [],
    linked: new Set(),
    onCommit: undefined,
    bodiesRead: 0,
    sweepsLeft: 0,
    sweeps: 0,
    closed: 0,
    batch: (batchId) => batches.find((batch) => batch.accepted.batchId === batchId)!,
    loseBody: (batchId) => void lost.add(batchId),
    together: (work) => work(),
    openClient: (client, settings) => ({ client, settings }),
    writeSettings: (_, changes) => ({ ...DEFAULT_SETTINGS, ...changes }),
    writePace() {},
    writeToken() {},
    paceBatch: () => false,
    countPoll() {},
    restartWaits() {},
    takeSnapshot: () => ({ id: 1, bytes: 0 }),
    restoreSnapshot: () => false,
    dropSnapshot() {},
    deleteVisitor: () => false,
    writeSource() {},
    deleteSource: () => false,
    addFile: () => 0,
    changeFile() {},
    endFile() {},
    removeFile() {},
    headFiles: () => [],
    openFile: () => undefined,
    source: () => undefined,
    beginFile() {},
    applyRecords() {},
    dropClient(client) {
      for (const batch of batches) if (batch.accepted.client === client) batch.status = 'complete';
    },
    acceptBatch(accepted) {
      batches.push({
        accepted,
        sequence: batches.length + 1,
        dueAt: accepted.dueAt,
        order: undefined,
        status: 'incomplete',
        rows: [],
        slices: [],
        notes: new Map(),
      });
    },
    heads,
    releaseBatches(now, client) {
      for (const batch of batches) {
        if (client === undefined || batch.accepted.client === client) batch.dueAt = Math.min(batch.dueAt, now);
      }
    },
    readBody(sequence) {
      store.bodiesRead += 1;
      const { accepted } = bySequence(sequence);
      if (lost.has(accepted.batchId)) return undefined;
      return accepted.body.kind === 'inline' ? accepted.body.bytes : undefined;
    },
    hasLinks: (client) => store.linked.has(client),
    applySlice(slice) {
      const batch = bySequence(slice.batch.sequence);
      if (slice.batch.consumedCount !== batch.rows.length) throw new Error('The slice is not the next one.');
      const rows: AppliedRow[] = [];
      for (const { row, reading, hash } of slice.rows) {
        const what =
          reading.kind === 'row'
            ? [
                reading.id,
                ...reading.values.map((value, at) => `${slice.attributeNames[reading.attributes[at]!]}=${value}`),
              ].join(' ')
            : reading.kind === 'failed'
              ? `failed ${reading.rule} ${reading.column}`
              : reading.kind;
        rows.push({ row, what, hash });
      }
      const tallies = slice.diagnostics();
      store.onCommit?.();
      if (batch.order !== undefined && batch.order !== slice.order) throw new Error('The order has changed.');
      batch.order = slice.order;
      batch.rows.push(...rows);
      batch.slices.push(rows.length);
      store.journal.push(`${batch.accepted.batchId}:${rows.length}`);
      for (const { rule, count } of tallies) batch.notes.set(rule, (batch.notes.get(rule) ?? 0) + count);
      if (slice.last !== (batch.rows.length === batch.accepted.batchSize)) throw new Error('`last` is wrong.');
      if (slice.last) batch.status = 'complete';
    },
    abandonBatch(sequence) {
      bySequence(sequence).status = 'stuck';
    },
    updateProfile: () => 'not-found',
    seedProfiles() {},
    visit: ({ newPcId }) => ({ pcId: newPcId, thirdPartyId: undefined, created: true }),
    sweep() {
      store.sweeps += 1;
      if (store.sweepsLeft > 0) store.sweepsLeft -= 1;
      return store.sweepsLeft > 0;
    },
    close() {
      store.closed += 1;
    },
  };
  return store;
}

/** `rows` are lines without their ends. */
export function acceptedBatch(
  name: string,
  rows: readonly string[],
  more: Partial<AcceptedBatch> & { header?: string; client?: ClientCode; settings?: Settings } = {},
): AcceptedBatch {
  const { header = 'pcId,a,b', ...fields } = more;
  const bytes = Buffer.from(`batch=${[header, ...rows].join('\n')}`);
  return {
    batchId: name as BatchId,
    client: (name.split('-')[0] ?? name) as ClientCode,
    api: 'v2',
    idKind: header.startsWith('pcId') ? 'pcId' : 'thirdPartyId',
    batchSize: rows.length,
    body: { kind: 'inline', bytes },
    submittedAt: 0,
    dueAt: 0,
    settings: DEFAULT_SETTINGS,
    diagnostics: [],
    ...fields,
  };
}

export function numberedRows(count: number, prefix = 'id'): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index + 1},x${index + 1}`);
}
