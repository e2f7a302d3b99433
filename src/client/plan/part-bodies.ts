/** Gives each part's bytes, as often as they must be sent. */
import type { RunOptions } from '../progress.ts';
import { type Input, inputChanged } from '../read/open-input.ts';
import { HeldBytes } from '../spool/held-bytes.ts';
import type { PrivateDirectory } from '../spool/private-directory.ts';
import { type EncodeOptions, readEncoded } from './read-encoded.ts';
import type { Survey } from './survey-input.ts';
import { UploadError } from '../upload-error.ts';
import type { PlannedPart, UploadPlan } from './upload-plan.ts';

export interface PartBody {
  /** Exactly so many. */
  readonly bytes: number;
  /** Anew for each attempt. */
  open(): AsyncIterable<Uint8Array>;
}

/** From 1, as in the plan. */
export type PartBodies = (part: number) => PartBody;

/**
 * An only part was held while it was judged. Several are written to private files in a second reading.
 * @throws `input-changed` if the input is not what was judged.
 */
export async function partBodies(
  input: Input,
  survey: Survey,
  options: EncodeOptions & { /** All of it in files, for who comes after this process. */ readonly areKept: boolean },
  spool: PrivateDirectory,
  { signal, onProgress }: RunOptions,
): Promise<PartBodies> {
  const { parts } = survey.plan;
  const header = Buffer.from(survey.header, 'latin1');
  const bodyOf = ({ bytes }: PlannedPart, rows: HeldBytes) => ({
    bytes,
    async *open() {
      yield header;
      yield* rows.read();
    },
  });
  const { held } = survey;
  if (held !== undefined) {
    if (options.areKept) await held.settle();
    return () => bodyOf(parts[0]!, held);
  }

  const bufferBytes = Math.min(BLOCK_BYTES, Math.max(4096, Math.floor(SPOOL_BUFFER_BYTES / Math.max(1, parts.length))));
  const spooledOf = new Map(parts.map(({ part }) => [part, new HeldBytes(spool, `part-${part}`, bufferBytes)]));
  let rows = 0;
  const reading = readEncoded(input, options);
  for await (const block of reading.blocks) {
    signal?.throwIfAborted();
    let at = 0;
    for (const row of block.rows) {
      const bytes = block.bytes.subarray(at, (at += row.bytes));
      await spooledOf.get(survey.split.partOf(row.identity))?.add(bytes);
    }
    rows += block.rows.length;
    onProgress?.({ kind: 'splitting', rows, rowsMax: survey.plan.rows });
  }
  // A visitor that was not judged has no part.
  if (rows !== survey.plan.rows) throw inputChanged(input.name);
  for (const { part, bytes } of parts) {
    const spooled = spooledOf.get(part)!;
    if (header.length + spooled.bytes !== bytes) throw inputChanged(input.name);
    await spooled.settle();
  }
  return (part) => bodyOf(parts[part - 1]!, spooledOf.get(part)!);
}

/** Of parts that `partBodies` has written to the files of a folder, perhaps in another process. */
export function keptBody(files: PrivateDirectory, header: string, plan: UploadPlan): PartBodies {
  const head = Buffer.from(header, 'latin1');
  return (part) => {
    const { bytes } = plan.parts[part - 1]!;
    async function* open() {
      yield head;
      let read = head.length;
      for await (const chunk of files.read(`part-${part}`)) {
        read += chunk.length;
        yield chunk;
      }
      if (read === bytes) return;
      const message = `part-${part} is not what was judged: it has ${read} bytes, not ${bytes}.`;
      throw new UploadError('spool-unusable', message);
    }
    return { bytes, open };
  };
}

/** The lines of a body below its header row: they are ASCII. `onHeader` hears the names. */
export async function* rowsOf(
  { open }: PartBody,
  onHeader: (line: string) => void = () => undefined,
): AsyncGenerator<string> {
  let held = '';
  let isHeader = true;
  for await (const chunk of open()) {
    const lines = (held + Buffer.from(chunk).toString('latin1')).split('\n');
    held = lines.pop()!;
    if (isHeader && lines.length > 0) {
      onHeader(lines.shift()!);
      isHeader = false;
    }
    yield* lines;
  }
}

const BLOCK_BYTES = 64 * 1024;
/** Held in memory for all parts together while they are written. */
const SPOOL_BUFFER_BYTES = 32 * 1024 * 1024;
