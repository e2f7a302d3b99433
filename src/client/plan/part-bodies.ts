/** Gives each part's bytes, as often as they must be sent. */
import type { Progress } from '../progress.ts';
import type { Input } from '../read/open-input.ts';
import { inputChanged } from '../read/open-input.ts';
import type { PrivateDirectory } from '../spool/private-directory.ts';
import { type EncodeOptions, readEncoded } from './read-encoded.ts';
import type { Survey } from './survey-input.ts';

export interface PartBody {
  /** Exactly so many. */
  readonly bytes: number;
  /** Anew for each attempt. */
  open(): AsyncIterable<Uint8Array>;
}

/** From 1, as in the plan; parts before `fromPart` have no body. */
export type PartBodies = (part: number) => PartBody;

/**
 * An only part was held while it was judged. Several are written to private files in a second reading.
 * @throws InputChangedError if the input is not what was judged.
 */
export async function partBodies(
  input: Input,
  survey: Survey,
  options: EncodeOptions & { readonly fromPart: number },
  spool: PrivateDirectory,
  {
    signal,
    onProgress,
  }: { readonly signal?: AbortSignal | undefined; readonly onProgress?: ((progress: Progress) => void) | undefined },
): Promise<PartBodies> {
  const { parts } = survey.plan;
  const header = Buffer.from(survey.header, 'latin1');
  const { held } = survey;
  if (held !== undefined) {
    const { bytes } = parts[0]!;
    return () => ({ bytes, open: () => follows(header, held.read()) });
  }

  const sent = parts.filter(({ part }) => part >= options.fromPart);
  const bufferBytes = Math.min(BLOCK_BYTES, Math.max(4096, Math.floor(SPOOL_BUFFER_BYTES / Math.max(1, sent.length))));
  const files = new Map<number, SpooledPart>();
  for (const { part } of sent) {
    const path = await spool.create(`part-${part}`);
    await spool.append(path, header);
    files.set(part, { path, buffer: Buffer.allocUnsafe(bufferBytes), held: 0, bytes: header.length });
  }
  const flush = async (file: SpooledPart) => {
    await spool.append(file.path, file.buffer.subarray(0, file.held));
    file.held = 0;
  };

  let rows = 0;
  const reading = await readEncoded(input, options);
  for await (const block of reading.blocks) {
    signal?.throwIfAborted();
    let at = 0;
    for (const row of block.rows) {
      const bytes = block.bytes.subarray(at, (at += row.bytes));
      const file = files.get(survey.split.partOf(row.identity));
      if (file === undefined) continue;
      if (file.held + row.bytes > bufferBytes) await flush(file);
      if (row.bytes > bufferBytes) await spool.append(file.path, bytes);
      else file.held += bytes.copy(file.buffer, file.held);
      file.bytes += row.bytes;
    }
    rows += block.rows.length;
    onProgress?.({ kind: 'splitting', rows, rowsMax: survey.plan.rows });
  }
  // A visitor that was not judged has no part.
  if (rows !== survey.plan.rows) throw inputChanged(input.name);
  for (const [part, file] of files) {
    await flush(file);
    if (file.bytes !== parts[part - 1]!.bytes) throw inputChanged(input.name);
  }
  return (part) => {
    const file = files.get(part)!;
    return { bytes: file.bytes, open: () => spool.read(file.path) };
  };
}

async function* follows(header: Uint8Array, rows: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield header;
  yield* rows;
}

interface SpooledPart {
  readonly path: string;
  readonly buffer: Buffer;
  /** Bytes in the buffer. */
  held: number;
  /** Of the whole part. */
  bytes: number;
}

const BLOCK_BYTES = 64 * 1024;
/** Held in memory for all parts together while they are written. */
const SPOOL_BUFFER_BYTES = 32 * 1024 * 1024;
