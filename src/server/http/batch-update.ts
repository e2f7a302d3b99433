/** A submission: taken in while it arrives, written down as incomplete, answered with the link to its status. */
import {
  BACKLOG_MAX,
  bodyCompress,
  bodyCtypeForm,
  epPostOnly,
  limCallsMin,
  limFileSize,
  ourLinkHost,
  ourQueueBound,
  ourUnknownClient,
  progressionStart,
  resBatchidCurrent,
  statusLink,
} from '../../protocol/rules/index.ts';
import type { Api, BatchId, DiagnosticTally, Rejection } from '../../protocol/vocabulary/index.ts';
import { submitAccepted } from '../../protocol/wire/index.ts';
import { receiveBatch } from '../ingest/receive-batch.ts';
import type { AcceptedBatch } from '../store/store.ts';
import { refused, xmlReply } from './refused.ts';
import type { EmulatorContext } from './emulator-env.ts';
import type { ResolvedClient } from './resolve-client.ts';
import type { Services } from './services.ts';

export async function takeBatch(services: Services, c: EmulatorContext, api: Api): Promise<Response> {
  const { options, clock, writer, bodies } = services;
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
  const received = await receiveBatch(call.body, { api, settings, sink, contentLength });
  if (received.kind === 'rejection') return refused(c, received, settings);

  const submittedAt = clock.now();
  const batchId = newBatchId(services, resolved, submittedAt);
  call.batchId = batchId;
  services.batchContents.note(batchId, call.content() ?? batchId);
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
    diagnostics: [...received.diagnostics, ...notesOnHead(c)],
    faults: call.takeBatchFaults(batchId),
  };
  try {
    await writer.acceptBatch(batch);
  } catch (error) {
    // On a full disk, of all times, nothing may stay that no batch owns.
    await sink.discard();
    throw error;
  }
  services.onBatchAccepted(batchId);
  services.kick();
  // A large one is answered before its rows are applied: whoever asks for the status at once sees `incomplete`.
  await services.appliedIfSmall(batch);
  return xmlReply(c, submitAccepted(linkTo(services, call.url, api, resolved, batchId)));
}

function refusedByHead(
  { options, reader, rateLimiter, clock }: Services,
  c: EmulatorContext,
  { client, settings, isKnown }: ResolvedClient,
  contentLength: number | undefined,
): Rejection | undefined {
  const unknown = ourUnknownClient.decide({ known: isKnown, reading: settings.unknownClients });
  if (unknown !== undefined) return unknown;
  if (limCallsMin.decide(settings.rateLimit, 'submission')) {
    const tooMany = rateLimiter.call(client, clock.now());
    if (tooMany !== undefined) return tooMany;
  }
  const size = limFileSize.decide(contentLength ?? 0);
  if (typeof size === 'object') return size;
  const backlogMax = { ...BACKLOG_MAX, batches: options.queueBatchesMax };
  return bodyCompress.decide(c.req.header('content-encoding')) ?? ourQueueBound.decide(reader.backlog(), backlogMax);
}

function notesOnHead(c: EmulatorContext): DiagnosticTally[] {
  const note = bodyCtypeForm.decide(c.req.header('content-type'));
  return note === undefined ? [] : [{ rule: note.rule, count: 1, first: [{}] }];
}

/** Drawn again where it is taken: the same seed on the same data directory draws the same numbers. */
function newBatchId({ ids, reader }: Services, { client }: ResolvedClient, now: number): BatchId {
  for (;;) {
    const batchId = resBatchidCurrent.decide({ client, now, number: ids.integer(0, 99_999_999) });
    if (reader.progress(batchId) === undefined) return batchId;
  }
}

/** The guard let in nothing but hosts that are served, so the sender's own word for this place is one it can use again. */
function linkTo(
  { ownAuthority }: Services,
  url: URL,
  api: Api,
  { client, settings }: ResolvedClient,
  batchId: BatchId,
): string {
  const authority = ourLinkHost.decide(settings.linkHost, url.host);
  return statusLink.decide({
    scheme: url.protocol === 'https:' ? 'https' : 'http',
    authority,
    // No edge knows of it.
    prefix: authority === url.host ? prefixOf(url, api) : '',
    ownAuthority: ownAuthority(),
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
