/** The hot path's budget (docs/decisions): what a row asks of the heap, a byte of the disk, a profile of the database. */
import { readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ORDINARY, writeBatchFile } from '../batch-files.ts';
import type { BenchContext } from '../context.ts';
import { submit } from '../load/submit.ts';
import { rounded } from '../measure.ts';
import { HOT_PATH_FLAGS } from '../roles/hot-path.ts';
import { runRole } from '../roles/run-role.ts';
import { databaseBytesOf } from '../servers/database-bytes.ts';
import { serveEmulator } from '../servers/served-emulator.ts';

export async function hotPath(context: BenchContext): Promise<object> {
  const { plan, directory } = context;
  const batchFile = join(directory, 'hot-path.batch');
  writeBatchFile(batchFile, { ...ORDINARY, rows: plan.batchRows });
  const bodyBytes = statSync(batchFile).size;

  const inline = join(directory, 'hot-path-inline');
  const { heapBytesPerRow } = await runRole('hot-path', { batchFile, data: inline }, HOT_PATH_FLAGS);
  rmSync(inline, { recursive: true });

  const data = join(directory, 'hot-path-served');
  const server = await serveEmulator(context, data);
  const before = transferredBy(server.pid);
  await submit(server.port, 'bench', 'v2', batchFile);
  const after = transferredBy(server.pid);
  await server.stop();
  const bytesPerProfile = databaseBytesOf(data) / plan.batchRows;
  rmSync(data, { recursive: true });
  rmSync(batchFile);

  context.judge('rowHeap', heapBytesPerRow);
  context.judge('profileBytes', bytesPerProfile);
  const read = before && after && (after.read - before.read) / bodyBytes;
  const written = before && after && (after.written - before.written) / bodyBytes;
  if (read === undefined || written === undefined) context.cannotJudge('bodyCopies', 'only Linux tells');
  else context.judge('bodyCopies', read + written);
  const figures = {
    heapBytesPerRow: rounded(heapBytesPerRow),
    bytesPerProfile: rounded(bytesPerProfile),
    bytesReadPerBodyByte: read && rounded(read),
    bytesWrittenPerBodyByte: written && rounded(written),
  };
  context.say(`  ${JSON.stringify(figures)}`);
  return figures;
}

/** What a process has moved by read and write calls so far, sockets included; undefined where the kernel does not say. */
function transferredBy(pid: number): { readonly read: number; readonly written: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/io`, 'latin1');
    const [, read, written] = /^rchar: (\d+)\nwchar: (\d+)$/m.exec(text) ?? [];
    return read === undefined ? undefined : { read: Number(read), written: Number(written) };
  } catch {
    return undefined;
  }
}
