/** How batches get to their end, as data: for a client code from its next batch on, or for one batch that waits. */
import { z } from 'zod';
import { progressionStart } from '../../protocol/rules/index.ts';
import { PROGRESSION_MS_MAX, PROGRESSION_POLLS_MAX } from '../../protocol/vocabulary/index.ts';
import type { BatchId, Progression } from '../../protocol/vocabulary/index.ts';
import { ownError, ownJson } from '../http/own-error.ts';
import { Reply } from '../http/reply.ts';
import type { EmulatorContext } from '../http/emulator-env.ts';
import type { Services } from '../http/services.ts';
import { controlBody, controlClient } from './control-input.ts';

const milliseconds = z.int().min(0).max(PROGRESSION_MS_MAX);

export const progressionSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('immediate') }),
    z.strictObject({ kind: z.literal('realistic') }),
    z.strictObject({ kind: z.literal('duration'), ms: milliseconds }),
    z.strictObject({ kind: z.literal('polls'), polls: z.int().min(0).max(PROGRESSION_POLLS_MAX) }),
    z.strictObject({ kind: z.literal('manual') }),
    z.strictObject({ kind: z.literal('stuck'), ms: milliseconds.optional() }),
  ])
  .describe(
    'When a batch is applied: at once, after ms of the clock, after so many status requests, when released, never.',
  );

/** For callers of the handles, whose mistakes are thrown. */
export const checkedProgression = (pace: Progression): Progression => progressionSchema.parse(pace);

/** False where the batch has ended or never was. */
export async function changeBatchPace(
  { writer, clock, options, kick }: Services,
  batchId: BatchId,
  pace: Progression,
): Promise<boolean> {
  const isPaced = await writer.paceBatch(batchId, { pace, ...progressionStart(pace, clock.now(), options.clock) });
  kick();
  return isPaced;
}

/** Also of a client code that nobody has used yet: it would have the emulator's own. */
export function showPace({ reader, options }: Services, code: string): Reply {
  const client = controlClient(code);
  if (client instanceof Reply) return client;
  return ownJson(reader.client(client)?.pace ?? { kind: options.pace });
}

/** Creates the client code. Batches accepted before keep theirs. */
export async function changePace(services: Services, c: EmulatorContext, code: string): Promise<Reply> {
  const client = controlClient(code);
  if (client instanceof Reply) return client;
  const pace = await controlBody(c, progressionSchema);
  if (pace instanceof Reply) return pace;
  await services.writer.openClient(client, services.options.settings);
  await services.writer.writePace(client, pace);
  return ownJson(pace);
}

export function showBatchPace({ reader, options }: Services, batchId: string): Reply {
  const batch = reader.batch(batchId);
  if (batch === undefined) return noBatch();
  return ownJson({
    pace: batch.pace ?? { kind: options.pace },
    dueAt: Number.isFinite(batch.dueAt) ? new Date(batch.dueAt).toISOString() : null,
    pollsLeft: batch.pollsLeft ?? null,
  });
}

export async function setBatchPace(services: Services, c: EmulatorContext, text: string): Promise<Reply> {
  const batch = services.reader.batch(text);
  if (batch === undefined) return noBatch();
  const pace = await controlBody(c, progressionSchema);
  if (pace instanceof Reply) return pace;
  if (await changeBatchPace(services, batch.batchId, pace)) return showBatchPace(services, text);
  return ownError({ status: 409, code: 'batch-ended', message: `the batch is ${batch.status}: it waits for nothing.` });
}

/** Makes the batch due now, whatever its pace; the client's batches before it go first. */
export async function releaseBatch(services: Services, text: string): Promise<Reply> {
  const batch = services.reader.batch(text);
  if (batch === undefined) return noBatch();
  await changeBatchPace(services, batch.batchId, { kind: 'immediate' });
  return new Reply(204);
}

const noBatch = () => ownError({ status: 404, code: 'unknown-batch', message: 'there is no batch with this id.' });
