/** One batch applied with the writer in this thread, for what V8's heap is asked for: allocation, not what stays. */
import { createReadStream } from 'node:fs';
import { receiveBatch } from '../../src/server/ingest/receive-batch.ts';
import { openFileStore } from '../../src/server/jobs/open-store.ts';
import { type BatchId, type ClientCode, DEFAULT_SETTINGS } from '../../src/protocol/vocabulary/index.ts';
import { median } from '../measure.ts';

export interface HotPathSpec {
  readonly batchFile: string;
  /** A new data directory. */
  readonly data: string;
}

export interface HotPathResult {
  /** Of the ordinary step. One in which V8 collected shows less than it allocated: the median is of those without. */
  readonly heapBytesPerRow: number;
}

/** A nursery that holds several steps: without it V8 would collect in nearly every one. */
export const HOT_PATH_FLAGS = ['--min-semi-space-size=64', '--max-semi-space-size=64'];

export async function hotPath({ batchFile, data }: HotPathSpec): Promise<HotPathResult> {
  const { writer, reader, bodies } = openFileStore(data, { writer: 'inline' });
  const sink = bodies.open();
  const settings = DEFAULT_SETTINGS;
  const received = await receiveBatch(createReadStream(batchFile), { api: 'v2', settings, sink });
  if (received.kind === 'rejection') throw new Error(received.message);
  const { body, batchSize, idKind, diagnostics } = received;
  await writer.acceptBatch({
    batchId: 'hot-path' as BatchId,
    client: 'bench' as ClientCode,
    api: 'v2',
    idKind,
    batchSize,
    body,
    submittedAt: 0,
    dueAt: 0,
    settings,
    diagnostics,
  });

  const perRow: number[] = [];
  for (let more = true; more;) {
    const before = process.memoryUsage().heapUsed;
    const step = await writer.step(0);
    const grown = process.memoryUsage().heapUsed - before;
    if (step.rows > 0) perRow.push(grown / step.rows);
    more = step.more;
  }
  reader.close();
  await writer.close();
  return { heapBytesPerRow: median(perRow) };
}
