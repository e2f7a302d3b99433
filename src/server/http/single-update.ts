/** The single profile update: its parameters may stand in the query, in the body, or in both (sgl-post-query). */
import { writeDataRow, writeHeaderRow } from '../../protocol/batch-file/write-batch-file.ts';
import {
  emptyOnlySkipped,
  limSingleSize,
  refusedId,
  sglLatency,
  sglParams,
  type SingleUpdate,
} from '../../protocol/rules/index.ts';
import { type Rejection, SINGLE_UPDATE_POST_BYTES_MAX } from '../../protocol/vocabulary/index.ts';
import { singleUpdateReply } from '../../protocol/wire/index.ts';
import { storedId } from '../store/well-formed.ts';
import { receiveBatch } from '../ingest/receive-batch.ts';
import { acceptBatch, queueBound } from './batch-update.ts';
import type { EmulatorContext } from './emulator-env.ts';
import { newBatchId } from './new-ids.ts';
import type { ResolvedClient } from './resolve-client.ts';
import type { Services } from './services.ts';
import { formPairs, readBoundedBody } from './request-body.ts';
import { xmlReply, ruleCause } from './reply.ts';
import type { Answers } from './operation.ts';

export const updateProfile: Answers = async (services, c, account) => {
  const { reader, writer, clocks, applied, updateLimiter } = services;
  const { client, settings, pace } = account;
  const parameters = await readParameters(c);
  const update = 'kind' in parameters ? parameters : sglParams.decide(parameters.pairs);
  if (update.kind === 'rejection') return update;

  const { id, attributes, hasStray } = update;
  // Nothing but empty values is no update: it must not even make the profile younger.
  const isIgnored = emptyOnlySkipped.decide(attributes.length) === 'ignored';
  const isLate = !isIgnored && !sglLatency.decide(pace.kind) && reader.client(client) !== undefined;
  // HEAD asks what a GET would be answered, and is safe: Hono takes one for the other.
  const isAsking = c.req.method === 'HEAD';
  // Last, since what is refused does not count.
  const counted = [client, clocks.now(client), 0, settings.singleUpdatesPerDay] as const;
  const beyond = (isLate ? queueBound(services) : undefined) ?? updateLimiter.ask(...counted);
  const instead = beyond ?? c.get('call').takeUpdate(isAsking);
  if (instead !== undefined) return instead;
  if (!isAsking) updateLimiter.call(...counted);

  c.get('call').visitors = [storedId(id, settings)];
  // Done all the same, and in the same words: what its sender can hardly have meant is for the reader of headers and journal.
  const note =
    refusedId(id.kind, id.value, settings.illegalIds) ??
    (hasStray ? 'sgl-unencoded-values' : undefined) ??
    (isIgnored ? 'empty-only-skipped' : undefined);
  const done = (rule = note) => xmlReply(singleUpdateReply(), 200, rule && ruleCause(rule));
  if (isIgnored || isAsking) return done();
  let isMissing: boolean;
  if (!isLate) {
    await applied(client);
    isMissing = (await writer.updateProfile({ client, id, attributes, now: clocks.now(client) })) === 'not-found';
  } else {
    const full = await postponed(services, account, update);
    if (full !== undefined) return full;
    // There may be one when it is applied: the batches before it go first.
    isMissing = reader.profile(client, id, clocks.now(client)) === undefined;
  }
  // That nothing was there to be updated goes before what else there is to say.
  return done(isMissing ? 'our-single-miss' : note);
};

async function readParameters({
  req,
  var: { call },
}: EmulatorContext): Promise<{ readonly pairs: readonly (readonly [string, string])[] } | Rejection> {
  const method = req.method === 'POST' ? 'POST' : 'GET';
  const query = call.url.search.slice(1);
  const body = method === 'GET' ? Buffer.alloc(0) : await readBoundedBody(call.body, SINGLE_UPDATE_POST_BYTES_MAX);
  const bodyBytes = body === 'too-large' ? SINGLE_UPDATE_POST_BYTES_MAX + 1 : body.byteLength;
  const tooLarge = limSingleSize.decide(method, Buffer.byteLength(query) + bodyBytes);
  if (tooLarge !== undefined) return tooLarge;
  return { pairs: [...formPairs(Buffer.from(query)), ...(typeof body === 'string' ? [] : formPairs(body))] };
}

/**
 * Where its client's batches wait, it takes its place among them, as one of one row. Durable when it resolves; the client code
 * must be one that is used. Undefined unless the queue is full.
 */
async function postponed(
  services: Services,
  account: ResolvedClient,
  { id, attributes }: Pick<SingleUpdate, 'id' | 'attributes'>,
): Promise<Rejection | undefined> {
  const full = queueBound(services);
  if (full !== undefined) return full;
  const names = attributes.map(({ name }) => name);
  const values = attributes.map(({ value }) => value);
  const file = [writeHeaderRow(id.kind, names), writeDataRow(id.value, values)].join('\n');
  // What a single update may say, a row of a batch may not in every reading.
  const settings = { ...account.settings, body: 'raw', illegalIds: 'accept', empties: 'missing' } as const;
  const sink = services.bodies.open();
  const received = await receiveBatch([Buffer.from(file)], { api: 'v1', settings, sink });
  if (received.kind === 'rejection') return received;
  const submittedAt = services.clocks.now(account.client);
  await acceptBatch(services, { ...account, settings }, received, sink, {
    batchId: newBatchId(services, account.client, submittedAt),
    api: 'v1',
    submittedAt,
    diagnostics: [{ rule: 'sgl-latency', count: 1, first: [{}] }],
    faults: undefined,
  });
  services.kick();
  return undefined;
}
