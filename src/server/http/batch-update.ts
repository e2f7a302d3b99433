/** A submission: taken in while it arrives, written down as incomplete, answered with the link to its status. */
import {
  authHeaderBearer,
  BACKLOG_MAX,
  bodyCompress,
  bodyCtypeForm,
  hostClient,
  limFileSize,
  ourLinkHost,
  ourQueueBound,
  progressionStart,
  statusLink,
} from '../../protocol/rules/index.ts';
import type { Api, BatchId, DiagnosticTally, Rejection, RuleId, Settings } from '../../protocol/vocabulary/index.ts';
import { submitAccepted } from '../../protocol/wire/index.ts';
import { TooMuchInFlight } from '../ingest/bytes-in-flight.ts';
import { type ReceivedBatch, receiveBatch } from '../ingest/receive-batch.ts';
import type { AcceptedBatch, BodySink } from '../store/store.ts';
import { type EmulatorContext, exchangeOf } from './emulator-env.ts';
import { tooManyCalls } from './limiters.ts';
import { newBatchId } from './new-ids.ts';
import { xmlReply } from './reply.ts';
import { type Answers, shownToken } from './operation.ts';
import type { ResolvedClient } from './resolve-client.ts';
import type { Services } from './services.ts';

export const takeBatch =
  (api: Api): Answers =>
  async (services, c, account) => {
    const { client, settings } = account;
    const call = c.get('call');
    // By the head alone, and before the first chunk is asked for: a sender that waits for `100 Continue` is spared the body.
    const byHead = refusedByHead(services, c, account);
    if (byHead !== undefined) return byHead;

    const sink = services.bodies.open();
    const received = await receiveBatch(call.body, { api, settings, sink }).catch((error: unknown) => {
      if (error instanceof TooMuchInFlight) return error.rejection;
      throw error;
    });
    if (received.kind === 'rejection') return received;

    // A large one took its time, and others may have come to wait meanwhile, or come with it.
    const late = received.body.kind === 'spooled' ? queueBound(services, services.inFlight.bytes()) : undefined;
    if (late !== undefined) {
      await sink.discard();
      return late;
    }

    const isPlaceholder = isNamedByNobody(c);
    if (isPlaceholder) call.remedy = PLACEHOLDER;
    const submittedAt = services.clocks.now(client);
    const batchId = newBatchId(services, client, submittedAt);
    call.batchId = batchId;
    services.batchContents.set(batchId, call.content() ?? batchId);
    const diagnostics = [...received.diagnostics, ...notesOnHead(c, settings, isPlaceholder)];
    const about = { batchId, api, submittedAt, diagnostics, faults: call.takeBatchFaults() };
    const batch = await acceptBatch(services, account, received, sink, about);
    services.onBatchAccepted(batchId);
    services.kick();
    // A large one is answered before its rows are applied: whoever asks for the status at once sees `incomplete`.
    await services.appliedIfSmall(batch);
    const hint = isPlaceholder ? { 'x-emulator-hint': PLACEHOLDER } : {};
    return xmlReply(submitAccepted(linkTo(services, c, account, api, batchId)), 200, hint);
  };

/** Of what waits, and so much more. */
export function queueBound({ options, reader }: Services, bytesMore = 0): Rejection | undefined {
  const { batches, bytes } = reader.backlog();
  return ourQueueBound.decide(
    { batches, bytes: bytes + bytesMore },
    { ...BACKLOG_MAX, batches: options.queueBatchesMax },
  );
}

/** Durable when it resolves; whoever drives the writer is to be kicked then. */
export async function acceptBatch(
  { options, writer }: Services,
  { client, settings, pace }: ResolvedClient,
  { idKind, batchSize, body }: ReceivedBatch,
  sink: BodySink,
  about: Pick<AcceptedBatch, 'batchId' | 'api' | 'submittedAt' | 'diagnostics' | 'faults'>,
): Promise<AcceptedBatch> {
  const start = progressionStart(pace, about.submittedAt, options.clock);
  const batch: AcceptedBatch = { ...about, client, idKind, batchSize, body, pace, ...start, settings };
  try {
    await writer.acceptBatch(batch);
  } catch (error) {
    // On a full disk, of all times, nothing may stay that no batch owns.
    await sink.discard();
    throw error;
  }
  return batch;
}

/** The documents' own placeholder, sent as it stands: a client called `client` takes the rows (ep-literal-client). */
const isNamedByNobody = (c: EmulatorContext) =>
  c.req.param('client') === 'client' && hostClient(c.get('call').url.hostname) === undefined;
const PLACEHOLDER = 'The path names a client called `client`: put your client code in its place.';

function refusedByHead(services: Services, c: EmulatorContext, account: ResolvedClient): Rejection | undefined {
  const { sizeLimit, contentTypes } = account.settings;
  const tooMany = tooManyCalls(services, c, account, 'submission');
  if (tooMany !== undefined) return tooMany;
  const size = limFileSize.decide(Number(c.req.header('content-length') ?? 0), sizeLimit);
  if (typeof size === 'object') return size;
  const type = bodyCtypeForm.decide(c.req.header('content-type'), contentTypes);
  if (type !== undefined && 'kind' in type) return type;
  return bodyCompress.decide(c.req.header('content-encoding')) ?? queueBound(services);
}

function notesOnHead(c: EmulatorContext, { authentication }: Settings, isPlaceholder: boolean): DiagnosticTally[] {
  const notes: readonly (RuleId | undefined)[] = [
    bodyCtypeForm.decide(c.req.header('content-type'), 'any')?.rule,
    authentication !== 'off' && shownToken(c)?.isOlderForm === true ? authHeaderBearer.id : undefined,
    isPlaceholder ? 'ep-literal-client' : undefined,
  ];
  return notes.flatMap((rule) => (rule === undefined ? [] : [{ rule, count: 1, first: [{}] }]));
}

/** The guard let in nothing but hosts that are served, so the sender's own word for this place is one it can use again. */
function linkTo(
  services: Services,
  c: EmulatorContext,
  { client, settings }: ResolvedClient,
  api: Api,
  batchId: BatchId,
): string {
  const { url } = c.get('call');
  const scheme = url.protocol === 'https:' ? 'https' : 'http';
  const exchange = exchangeOf(c);
  const authority = ourLinkHost.decide(settings.linkHost, url.host, exchange && (() => exchange.leadsHere()));
  // No edge knows of it.
  const prefix = authority === url.host ? prefixOf(url, api) : '';
  const ownOrigin = services.ownOrigin(scheme);
  return statusLink.decide({ scheme, authority, prefix, ownOrigin, client, batchId, shape: settings.statusShape });
}

/** Where another application has mounted this one below a path, and its URLs still say so. */
function prefixOf({ pathname }: URL, api: Api): string {
  const ours = api === 'v1' ? '/m2//profile/batchUpdate' : '/m2//v2/profile/batchUpdate';
  return pathname
    .split('/')
    .slice(0, 1 - ours.split('/').length)
    .join('/');
}
