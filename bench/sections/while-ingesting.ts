/**
 * What others wait for while full batches are applied: 200 requests a second, open loop, file store. The batches have a
 * realistic pace: at an immediate one a fetch of the same client would wait for all of their rows, on purpose.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { ORDINARY, writeBatchFile } from '../batch-files.ts';
import type { BenchContext } from '../context.ts';
import { submit } from '../load/submit.ts';
import type { Latency } from '../measure.ts';
import { startRole } from '../roles/run-role.ts';
import { serveEmulator } from '../servers/served-emulator.ts';

const CLIENT = 'bench';
const PER_SECOND = 200;

export async function whileIngesting(context: BenchContext): Promise<object> {
  const { plan, directory } = context;
  const data = join(directory, 'while');
  const file = join(directory, 'while.batch');
  const server = await serveEmulator(context, data);
  writeBatchFile(file, { ...ORDINARY, rows: plan.batchRows });
  const pace = { method: 'PUT', body: JSON.stringify({ kind: 'realistic' }) };
  const paced = await fetch(`http://127.0.0.1:${server.port}/__emulator/clients/${CLIENT}/pace`, pace);
  if (!paced.ok) throw new Error(`The pace was answered ${paced.status}.`);
  const { batchId } = await submit(server.port, CLIENT, 'v2', file);
  const spec = {
    port: server.port,
    perSecond: PER_SECOND,
    client: CLIENT,
    profiles: plan.batchRows,
    batchId,
    otherClient: 'other',
  };

  const idle = startRole('open-loop', spec);
  await idle.ready;
  await new Promise((resolve) => setTimeout(resolve, plan.loopSeconds * 3000));
  idle.stop();
  const quiet = await idle.result;

  const load = startRole('open-loop', spec);
  await load.ready;
  const seconds: number[] = [];
  for (let batch = 0; batch < plan.batchesUnderLoad; batch += 1) {
    const { completeSeconds } = await submit(server.port, CLIENT, batch % 2 === 0 ? 'v2' : 'v1', file);
    seconds.push(completeSeconds);
  }
  load.stop();
  const busy = await load.result;
  await server.stop();
  rmSync(data, { recursive: true });
  rmSync(file);

  const say = (what: string, figures: Latency) =>
    context.say(`  ${what}: p50 ${figures.p50} ms, p99 ${figures.p99} ms, max ${figures.max} ms (${figures.count})`);
  say('fetch', busy.fetch);
  say('status', busy.status);
  say('tiny submission', busy.tinySubmission);
  say('tiny to complete', busy.tinyComplete);
  say('late by itself: the generator', busy.generatorLag);
  context.judge('fetchWhile', busy.fetch.p99);
  context.judge('statusWhile', busy.status.p99);
  context.judge('tinyWhile', busy.tinyComplete.p99);
  return { perSecond: PER_SECOND, batches: seconds, quiet, busy };
}
