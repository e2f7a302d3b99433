/** At once means at once: whoever looks at a client's profiles waits for its batches that are due at once. */
import type { ClientCode } from '../../protocol/vocabulary/index.ts';
import type { ClientClocks } from '../runtime/client-clocks.ts';
import { closedError } from '../runtime/emulator-error.ts';
import type { AcceptedBatch, Reader, WaitingBatch } from '../store/store.ts';
import type { Pump } from './pump.ts';

/** Steps of the pump that are waited for: four full batches of 500,000 rows, or some ten seconds. */
const STEPS_AWAITED_MAX = 1_000;

/** The same for a submission: behind a large batch a small one is answered before it is applied. */
const SUBMISSION_STEPS_AWAITED_MAX = 4;

/** A batch that a step applies whole. */
const SMALL_BATCH_ROWS_MAX = 2_000;
const SMALL_BATCH_BYTES_MAX = 2 * 1024 * 1024;

/** Where the emulator is driven by hand nothing is waited for. */
export function appliedBy(parts: {
  readonly pump: Pick<Pump, 'isRunning' | 'isClosed' | 'nextStep'> | undefined;
  readonly reader: Pick<Reader, 'waiting' | 'isFileDue'>;
  readonly clocks: Pick<ClientClocks, 'now'>;
}) {
  const { pump, reader, clocks } = parts;
  return {
    /**
     * Resolves when none of the client's batches that are due at once waits any more, or after a bounded while: whoever
     * looks at its profiles then sees the rows. Never waits for a batch that is held, slowed or due later, nor for longer
     * than `assertAsked` throws nothing. Rejects with `closed` where the rows will not be applied any more.
     */
    async applied(client: ClientCode, assertAsked?: () => void): Promise<void> {
      // Most requests come while the pump sleeps, and ask no further.
      for (let steps = 0; steps < STEPS_AWAITED_MAX && pump !== undefined; steps += 1) {
        if (!pump.isRunning() && !pump.isClosed()) return;
        const batch = reader.waiting(client);
        const isWaiting = batch !== undefined && isDueAtOnce(batch, clocks.now(client));
        if (!isWaiting && !reader.isFileDue(client, clocks.now(client))) return;
        if (pump.isClosed()) throw closedError();
        assertAsked?.();
        await pump.nextStep();
      }
    },
    /** Resolves when a small batch that was just accepted is applied, where it is due at once and nothing holds it up. */
    async appliedIfSmall(batch: AcceptedBatch): Promise<void> {
      if (pump === undefined || !isSmall(batch) || !isDueAtOnce(batch, clocks.now(batch.client))) return;
      for (let steps = 0; steps < SUBMISSION_STEPS_AWAITED_MAX; steps += 1) {
        const completed = await pump.nextStep();
        if (completed === undefined || completed.includes(batch.batchId)) return;
      }
    },
  };
}

/** Not one that is held, stuck or slowed on purpose, nor one whose time has only come. */
export function isDueAtOnce({ dueAt, submittedAt, pace, faults }: WaitingBatch, now: number): boolean {
  if (dueAt > now || pace?.kind === 'stuck' || faults?.slow !== undefined) return false;
  return pace?.kind === 'immediate' || dueAt <= submittedAt;
}

function isSmall({ batchSize, body }: AcceptedBatch): boolean {
  const bytes = body.kind === 'inline' ? body.bytes.byteLength : body.byteLength;
  return batchSize <= SMALL_BATCH_ROWS_MAX && bytes <= SMALL_BATCH_BYTES_MAX;
}
