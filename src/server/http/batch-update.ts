/** A submission: taken in while it arrives, written down as incomplete, answered with the link to its status. */
import {
  authHeaderBearer,
  BACKLOG_MAX,
  bodyCompress,
  bodyCtypeForm,
  epPostOnly,
  hostClient,
  limFileSize,
  ourLinkHost,
  ourQueueBound,
  ourUnknownClient,
  progressionStart,
  resBatchidCurrent,
  statusLink,
} from '../../protocol/rules/index.ts';
import type { Api, BatchId, DiagnosticTally, Rejection, RuleId, Settings } from '../../protocol/vocabulary/index.ts';
import { submitAccepted } from '../../protocol/wire/index.ts';
import { TooMuchInFlight } from '../ingest/bytes-in-flight.ts';
import { receiveBatch } from '../ingest/receive-batch.ts';
import type { AcceptedBatch, BodySink } from '../store/store.ts';
import { refusedAccess, shownToken } from './access.ts';
import { refused } from './refused.ts';
import { xmlReply } from './reply.ts';
import { type EmulatorContext, exchangeOf } from './emulator-env.ts';
import { tooManyCalls } from './rate-limiter.ts';
import type { ResolvedClient } from './resolve-client.ts';
import type { Services } from './services.ts';

export async function takeBatch(services: Services, c: EmulatorContext, api: Api): Promise<Response> {
  const { options, clocks, bodies } = services;
  const wrongMethod = epPostOnly.decide(c.req.method);
  if (wrongMethod !== undefined) return refused(c, wrongMethod, options.settings);
  const call = c.get('call');
  const resolved = c.get('account');
  if (resolved.kind === 'refused') return refused(c, resolved.rejection, resolved.settings);
  const { client, settings, pace } = resolved;

  // By the head alone, and before the first chunk is asked for: a sender that waits for `100 Continue` is spared the body.
  const announced = c.req.header('content-length');
  const contentLength = announced === undefined ? undefined : Number(announced);
  const byHead = refusedByHead(services, c, resolved, contentLength);
  if (byHead !== undefined) return refused(c, byHead, settings);

  const sink = bodies.open();
  const received = await receiveBatch(call.body, { api, settings, sink, contentLength }).catch((error: unknown) => {
    if (error instanceof TooMuchInFlight) return error.rejection;
    throw error;
  });
  if (received.kind === 'rejection') return refused(c, received, settings);

  // A large one took its time, and others may have come to wait meanwhile, or come with it.
  const late = received.body.kind === 'spooled' ? queueBound(services, services.inFlight.bytes()) : undefined;
  if (late !== undefined) {
    await sink.discard();
    return refused(c, late, settings);
  }

  const isPlaceholder = isNamedByNobody(c);
  if (isPlaceholder) call.remedy = PLACEHOLDER;
  const submittedAt = clocks.now(client);
  const batchId = newBatchId(services, resolved, submittedAt);
  call.batchId = batchId;
  services.batchContents.set(batchId, call.content() ?? batchId);
  const batch: AcceptedBatch = {
    batchId,
    client,
    api,
    idKind: received.idKind,
    batchSize: received.batchSize,
    body: received.body,
    submittedAt,
    pace,
    ...progressionStart(pace, submittedAt, options.clock),
    settings,
    diagnostics: [...received.diagnostics, ...notesOnHead(c, settings, isPlaceholder)],
    faults: call.takeBatchFaults(batchId),
  };
  await acceptOrDiscard(services, sink, batch);
  services.onBatchAccepted(batchId);
  services.kick();
  // A large one is answered before its rows are applied: whoever asks for the status at once sees `incomplete`.
  await services.appliedIfSmall(batch);
  const hint = isPlaceholder ? { 'x-emulator-hint': PLACEHOLDER } : {};
  return xmlReply(c, submitAccepted(linkTo(services, c, api, resolved, batchId)), hint);
}

/** On a full disk, of all times, nothing may stay that no batch owns. */
export async function acceptOrDiscard({ writer }: Services, sink: BodySink, batch: AcceptedBatch): Promise<void> {
  try {
    await writer.acceptBatch(batch);
  } catch (error) {
    await sink.discard();
    throw error;
  }
}

/** The documents' own placeholder, sent as it stands: a client called `client` takes the rows (ep-literal-client). */
const isNamedByNobody = (c: EmulatorContext) =>
  c.req.param('client') === 'client' && hostClient(c.get('call').url.hostname) === undefined;
const PLACEHOLDER = 'The path names a client called `client`: put your client code in its place.';

function refusedByHead(
  services: Services,
  c: EmulatorContext,
  account: ResolvedClient,
  contentLength: number | undefined,
): Rejection | undefined {
  const { settings, isKnown } = account;
  const unknown = ourUnknownClient.decide({ known: isKnown, reading: settings.unknownClients });
  if (unknown !== undefined) return unknown;
  const denied = refusedAccess(services, c, account.client, settings);
  if (denied !== undefined) return denied;
  const tooMany = tooManyCalls(services, c, account, 'submission');
  if (tooMany !== undefined) return tooMany;
  const size = limFileSize.decide(contentLength ?? 0, settings.sizeLimit);
  if (typeof size === 'object') return size;
  const type = bodyCtypeForm.decide(c.req.header('content-type'), settings.contentTypes);
  if (type !== undefined && 'kind' in type) return type;
  return bodyCompress.decide(c.req.header('content-encoding')) ?? queueBound(services);
}

/** Of what waits, and so much more. */
export function queueBound({ options, reader }: Services, bytesMore = 0): Rejection | undefined {
  const { batches, bytes } = reader.backlog();
  return ourQueueBound.decide(
    { batches, bytes: bytes + bytesMore },
    { ...BACKLOG_MAX, batches: options.queueBatchesMax },
  );
}

function notesOnHead(c: EmulatorContext, { authentication }: Settings, isPlaceholder: boolean): DiagnosticTally[] {
  const notes: readonly (RuleId | undefined)[] = [
    bodyCtypeForm.decide(c.req.header('content-type'), 'any')?.rule,
    authentication !== 'off' && shownToken(c)?.isOlderForm === true ? authHeaderBearer.id : undefined,
    isPlaceholder ? 'ep-literal-client' : undefined,
  ];
  return notes.flatMap((rule) => (rule === undefined ? [] : [{ rule, count: 1, first: [{}] }]));
}

/** Of what is accepted now. Drawn again where it is taken: the same seed on the same data directory draws the same numbers. */
export function newBatchId({ ids, reader }: Services, { client }: ResolvedClient, now: number): BatchId {
  for (;;) {
    const batchId = resBatchidCurrent.decide({ client, now, number: ids.integer(0, 99_999_999) });
    if (reader.progress(batchId) === undefined) return batchId;
  }
}

/** The guard let in nothing but hosts that are served, so the sender's own word for this place is one it can use again. */
function linkTo(
  services: Services,
  c: EmulatorContext,
  api: Api,
  { client, settings }: ResolvedClient,
  batchId: BatchId,
): string {
  const { url } = c.get('call');
  const scheme = url.protocol === 'https:' ? 'https' : 'http';
  const exchange = exchangeOf(c);
  const authority = ourLinkHost.decide(settings.linkHost, url.host, exchange && (() => exchange.leadsHere()));
  return statusLink.decide({
    scheme,
    authority,
    // No edge knows of it.
    prefix: authority === url.host ? prefixOf(url, api) : '',
    ownOrigin: services.ownOrigin(scheme),
    client,
    batchId,
    shape: settings.statusShape,
  });
}

/** Where another application has mounted this one below a path, and its URLs still say so. */
function prefixOf({ pathname }: URL, api: Api): string {
  const ours = api === 'v1' ? '/m2//profile/batchUpdate' : '/m2//v2/profile/batchUpdate';
  return pathname
    .split('/')
    .slice(0, 1 - ours.split('/').length)
    .join('/');
}
