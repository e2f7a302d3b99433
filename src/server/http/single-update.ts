/** The single profile update: its parameters may stand in the query, in the body, or in both (sgl-post-query). */
import { emptyOnlySkipped, limSingleSize, refusedId, sglLatency, sglParams } from '../../protocol/rules/index.ts';
import { SINGLE_UPDATE_POST_BYTES_MAX } from '../../protocol/vocabulary/index.ts';
import type { Rejection } from '../../protocol/vocabulary/index.ts';
import { singleUpdateRejected, singleUpdateReply } from '../../protocol/wire/index.ts';
import { storedId } from '../store/well-formed.ts';
import { refusedAccess } from './access.ts';
import { queueBound } from './batch-update.ts';
import { readBoundedBody } from './request-body.ts';
import { ruleCause } from './cause.ts';
import { postponeUpdate } from './late-update.ts';
import { refused } from './refused.ts';
import { xmlReply } from './reply.ts';
import type { EmulatorContext } from './emulator-env.ts';
import type { Services } from './services.ts';

export async function updateProfile(services: Services, c: EmulatorContext, method: 'GET' | 'POST'): Promise<Response> {
  const { reader, writer, clocks, applied, updateLimiter } = services;
  const resolved = c.get('account');
  if (resolved.kind === 'refused') return refused(c, resolved.rejection, resolved.settings, singleUpdateRejected);
  const { client, settings, pace } = resolved;
  const denied = refusedAccess(services, c, client, settings);
  if (denied !== undefined) return refused(c, denied, settings, singleUpdateRejected);

  const parameters = await readParameters(c, method);
  const update = 'kind' in parameters ? parameters : sglParams.decide(parameters.pairs);
  if (update.kind === 'rejection') return refused(c, update, settings, singleUpdateRejected);

  const { id, attributes, hasStray } = update;
  // Nothing but empty values is no update: it must not even make the profile younger.
  const isIgnored = emptyOnlySkipped.decide(attributes.length) === 'ignored';
  const isLate = !isIgnored && !sglLatency.decide(pace.kind) && reader.client(client) !== undefined;
  // HEAD asks what a GET would be answered, and is safe: Hono takes one for the other.
  const isAsking = c.req.method === 'HEAD';
  const count = isAsking ? updateLimiter.ask : updateLimiter.call;
  // Last, since what is refused does not count.
  const beyond =
    (isLate ? queueBound(services) : undefined) ?? count(client, clocks.now(client), 0, settings.singleUpdatesPerDay);
  if (beyond !== undefined) return refused(c, beyond, settings, singleUpdateRejected);

  c.get('call').visitors = [storedId(id, settings)];
  // Done all the same, and in the same words: what its sender can hardly have meant is for the reader of headers and journal.
  const note = refusedId(id.kind, id.value, settings.illegalIds) ?? (hasStray ? 'sgl-unencoded-values' : undefined);
  const noted = note === undefined ? {} : ruleCause(note);
  if (isIgnored || isAsking) return xmlReply(c, singleUpdateReply(), noted);
  let isMissing: boolean;
  if (!isLate) {
    await applied(client);
    isMissing = (await writer.updateProfile({ client, id, attributes, now: clocks.now(client) })) === 'not-found';
  } else {
    const full = await postponeUpdate(services, resolved, update);
    if (full !== undefined) return refused(c, full, settings, singleUpdateRejected);
    // There may be one when it is applied: the batches before it go first.
    isMissing = reader.profile(client, id, clocks.now(client)) === undefined;
  }
  // That nothing was there to be updated goes before what else there is to say.
  return xmlReply(c, singleUpdateReply(), isMissing ? ruleCause('our-single-miss') : noted);
}

async function readParameters(
  c: EmulatorContext,
  method: 'GET' | 'POST',
): Promise<{ readonly pairs: readonly (readonly [string, string])[] } | Rejection> {
  const { url, body: chunks } = c.get('call');
  const query = url.search.slice(1);
  const body = method === 'GET' ? Buffer.alloc(0) : await readBoundedBody(chunks, SINGLE_UPDATE_POST_BYTES_MAX);
  const bodyBytes = body === 'too-large' ? SINGLE_UPDATE_POST_BYTES_MAX + 1 : body.byteLength;
  const tooLarge = limSingleSize.decide(method, Buffer.byteLength(query) + bodyBytes);
  if (tooLarge !== undefined) return tooLarge;
  return { pairs: [...new URLSearchParams(query), ...new URLSearchParams(body.toString())] };
}
