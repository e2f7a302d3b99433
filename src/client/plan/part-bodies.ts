/** The second reading: gives each part's bytes, as often as they must be sent. */
import type { Progress } from '../progress.ts';
import type { Input } from '../read/open-input.ts';
import { inputChanged } from '../read/open-input.ts';
import type { PrivateDirectory } from '../spool/private-directory.ts';
import { type EncodeOptions, readEncoded } from './read-encoded.ts';
import type { Survey } from './survey-input.ts';

export interface PartBody {
  /** Exactly so many. */
  readonly bytes: number;
  /** Anew for each attempt. Throws InputChangedError if the input is not what was judged. */
  open(): AsyncIterable<Uint8Array>;
}

/** From 1, as in the plan; parts before `fromPart` have no body. */
export type PartBodies = (part: number) => PartBody;

/** One part streams straight from the input. Several are written to private files in one reading, and sent from there. */
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
  if (parts.length === 1) {
    const { bytes } = parts[0]!;
    return () => ({ bytes, open: () => encodedInput(input, survey, options) });
  }

  const files = new Map<number, SpooledPart>();
  for (const { part } of parts) {
    if (part < options.fromPart) continue;
    const path = await spool.create(`part-${part}`);
    files.set(part, { path, lines: [survey.header], held: survey.header.length, bytes: 0 });
  }
  const heldMax = Math.min(BLOCK_BYTES, Math.max(4096, Math.floor(SPOOL_BUFFER_BYTES / Math.max(1, files.size))));
  const flush = async (file: SpooledPart) => {
    await spool.append(file.path, Buffer.from(file.lines.join(''), 'latin1'));
    file.bytes += file.held;
    file.lines = [];
    file.held = 0;
  };

  let rows = 0;
  const reading = await readEncoded(input, options);
  for await (const block of reading.blocks) {
    signal?.throwIfAborted();
    for (const row of block.rows) {
      const file = files.get(survey.split.partOf(row.identity));
      if (file === undefined) continue;
      file.lines.push(row.text, '\n');
      file.held += row.text.length + 1;
      if (file.held >= heldMax) await flush(file);
    }
    rows += block.rows.length;
    onProgress?.({ kind: 'splitting', rows, rowsMax: survey.plan.rows });
  }
  for (const [part, file] of files) {
    await flush(file);
    if (file.bytes !== parts[part - 1]!.bytes) throw inputChanged(input.name);
  }
  return (part) => {
    const file = files.get(part)!;
    return { bytes: file.bytes, open: () => spool.read(file.path) };
  };
}

interface SpooledPart {
  readonly path: string;
  lines: string[];
  held: number;
  bytes: number;
}

const BLOCK_BYTES = 64 * 1024;
/** Held in memory for all parts together while they are written. */
const SPOOL_BUFFER_BYTES = 32 * 1024 * 1024;

async function* encodedInput(input: Input, survey: Survey, options: EncodeOptions): AsyncGenerator<Uint8Array> {
  const bytesPlanned = survey.plan.parts[0]!.bytes;
  let bytes = 0;
  let held = survey.header;
  const take = () => {
    const chunk = Buffer.from(held, 'latin1');
    held = '';
    bytes += chunk.length;
    // Nothing beyond what was judged may leave: a longer input has changed.
    if (bytes > bytesPlanned) throw inputChanged(input.name);
    return chunk;
  };
  const reading = await readEncoded(input, options);
  for await (const block of reading.blocks) {
    for (const row of block.rows) {
      held += `${row.text}\n`;
      if (held.length >= BLOCK_BYTES) yield take();
    }
  }
  if (held !== '') yield take();
  if (bytes !== bytesPlanned) throw inputChanged(input.name);
}
