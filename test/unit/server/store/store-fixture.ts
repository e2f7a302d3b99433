/** A store opened for a test, and short ways to put batches through it. */
import { ourLocationHint } from '../../../../src/protocol/rules/keys.ts';
import { DEFAULT_SETTINGS } from '../../../../src/protocol/vocabulary/index.ts';
import type {
  Api,
  BatchId,
  ClientCode,
  DiagnosticTally,
  RowFailure,
  Settings,
  VisitorId,
  VisitorIdKind,
} from '../../../../src/protocol/vocabulary/index.ts';
import { openBodySpool } from '../../../../src/server/store/body-spool.ts';
import { openReader } from '../../../../src/server/store/sqlite-reader.ts';
import { openSyncStore } from '../../../../src/server/store/sqlite-store.ts';
import type { StoreOptions } from '../../../../src/server/store/sqlite-store.ts';
import { claimDirectory } from '../../../../src/server/store/claim-directory.ts';
import { directoryPlace, memoryPlace } from '../../../../src/server/store/store-place.ts';
import { profileHash } from '../../../../src/server/store/profile-key.ts';
import type { ProfileHash } from '../../../../src/server/store/profile-key.ts';
import type { Body, BodySpool, Reader } from '../../../../src/server/store/store.ts';
import type { Slice, SyncStore } from '../../../../src/server/store/sync-store.ts';

/** Everything collides. */
export const WEAK_HASH: ProfileHash = () => ({ ofText: () => 7, ofAscii: () => 7 });

export const DEMO = 'demo' as ClientCode;
export const NOW = Date.UTC(2026, 0, 1);

/** A row as the grammar would read it. */
export type TestRow =
  | { readonly id: string; readonly values: Readonly<Record<string, string>> }
  | RowFailure
  | { readonly kind: 'ignored' };

export interface TestBatch {
  readonly api?: Api;
  readonly idKind?: VisitorIdKind;
  readonly client?: ClientCode;
  readonly settings?: Partial<Settings>;
  readonly rows: readonly TestRow[];
  readonly body?: Body;
  readonly now?: number;
  readonly dueAt?: number;
  readonly batchId?: string;
  readonly diagnostics?: readonly DiagnosticTally[];
}

export interface TestStore {
  readonly store: SyncStore;
  readonly reader: Reader;
  readonly bodies: BodySpool;
  /** Accepts a batch; returns its id. */
  accept(batch: TestBatch): BatchId;
  /** Accepts a batch and applies all of it, in slices of this many rows. */
  apply(batch: TestBatch, sliceRows?: number): BatchId;
  /** Applies the next rows of the oldest batch of a client. */
  applySome(batch: TestBatch, count: number, overrides?: Partial<Slice>): void;
  /** A profile's visible attributes by name. */
  attributes(id: VisitorId, now?: number): Map<string, string> | undefined;
}

export const pcId = (value: string): VisitorId => ({ kind: 'pcId', value });
export const thirdPartyId = (value: string): VisitorId => ({ kind: 'thirdPartyId', value });

/** In memory, unless a place or a directory is named. */
export function openTestStore({
  directory,
  ...options
}: Partial<StoreOptions> & { directory?: string } = {}): TestStore {
  const claim = directory === undefined ? undefined : claimDirectory(directory);
  const place = options.place ?? (directory === undefined ? memoryPlace() : directoryPlace(directory));
  const hash = options.hash ?? profileHash;
  let reader: Reader | undefined = undefined;
  const opened = openSyncStore({ ...options, place, onWritten: () => reader?.renew() });
  claim?.settle();
  const close = () => {
    opened.close();
    claim?.release();
  };
  const store = { ...opened, close };
  reader = openReader(place, options.hash);
  const bodies = openBodySpool(place);
  store.openClient(DEMO, DEFAULT_SETTINGS);
  let batches = 0;

  const accept = (batch: TestBatch): BatchId => {
    batches += 1;
    const batchId = (batch.batchId ?? `demo-${batches}`) as BatchId;
    const now = batch.now ?? NOW;
    store.acceptBatch({
      batchId,
      client: batch.client ?? DEMO,
      api: batch.api ?? 'v2',
      idKind: batch.idKind ?? 'thirdPartyId',
      batchSize: batch.rows.length,
      body: batch.body ?? { kind: 'inline', bytes: Buffer.from('batch=thirdPartyId\n') },
      submittedAt: now,
      dueAt: batch.dueAt ?? now,
      settings: { ...DEFAULT_SETTINGS, ...batch.settings },
      diagnostics: batch.diagnostics ?? [],
    });
    return batchId;
  };

  const applySome = (batch: TestBatch, count: number, overrides: Partial<Slice> = {}) => {
    const head = store.heads().find(({ client }) => client === (batch.client ?? DEMO))!;
    const names = [...new Set(batch.rows.flatMap((row) => ('values' in row ? Object.keys(row.values) : [])))];
    const identity = (id: string) => ourLocationHint.decide(head.idKind, id, head.settings.locationHint);
    const from = head.consumedCount;
    const rows = batch.rows.slice(from, from + count).map((row, index) => ({
      row: from + index + 1,
      reading:
        'values' in row
          ? {
              kind: 'row' as const,
              id: row.id,
              attributes: Object.keys(row.values).map((name) => names.indexOf(name)),
              values: Object.values(row.values),
            }
          : row,
      hash: 'values' in row ? hash(head.generation, head.idKind).ofText(identity(row.id)) : undefined,
    }));
    store.applySlice({
      batch: head,
      order: 'key',
      attributeNames: names,
      rows,
      now: batch.now ?? NOW,
      diagnostics: () => [],
      last: from + rows.length === batch.rows.length,
      ...overrides,
    });
  };

  return {
    store,
    reader,
    bodies,
    accept,
    applySome,
    apply(batch, sliceRows = batch.rows.length) {
      const batchId = accept(batch);
      for (let row = 0; row < batch.rows.length; row += sliceRows) applySome(batch, sliceRows);
      if (batch.rows.length === 0) applySome(batch, 0);
      return batchId;
    },
    attributes(id, now = NOW) {
      const profile = reader.profile(DEMO, id, now);
      return profile && new Map(profile.attributes.map(({ name, value }) => [name, value]));
    },
  };
}
