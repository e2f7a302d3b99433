/** Does what the faults that a call has drawn say: before it is served, on the way, and to its reply. */
import { createHash } from 'node:crypto';
import type { MiddlewareHandler, Next } from 'hono';
import { errRate503, ourContentType, ourMessageTexts, ourRejectionStatus } from '../../protocol/rules/index.ts';
import type { ClientCode } from '../../protocol/vocabulary/index.ts';
import { deliveryErrorJson, fetchErrorJson, singleUpdateRejected, submitRejected } from '../../protocol/wire/index.ts';
import type { ArmedFault } from '../faults/fault-book.ts';
import type { FaultEffect, Operation } from '../faults/fault.ts';
import type { BatchFaults } from '../store/store.ts';
import { type Call, CONTENT_BYTES_MAX } from './call.ts';
import { faultCause } from './cause.ts';
import { sendPart, socketOf } from './cut-connection.ts';
import { ConnectionCut, type EmulatorContext, type EmulatorEnv, exchangeOf } from './emulator-env.ts';
import { peekedBody } from './request-body.ts';
import { Reply, replyOf, respond } from './reply.ts';
import type { Services } from './services.ts';

export function faultyCalls(services: Services): MiddlewareHandler<EmulatorEnv> {
  return (c, next) => {
    const { client, operation } = c.get('call');
    if (client === undefined || operation === undefined || operation === 'token') return next();
    return services.faults.concerns(client, operation) ? faultyCall(services, c, next, client, operation) : next();
  };
}

async function faultyCall(
  services: Services,
  c: EmulatorContext,
  next: Next,
  client: ClientCode,
  operation: Operation,
): Promise<void> {
  const call = c.get('call');
  const takesBody = c.req.method === 'POST' || operation === 'submit';
  const peeked = takesBody ? await peekedBody(call.body, CONTENT_BYTES_MAX) : undefined;
  const content = contentOf(services, call, operation);
  const drawn = services.faults.draw({ client, operation, content });
  const fires = (fault: ArmedFault) => {
    if (!fault.fire()) return false;
    call.faults.push(fault.name);
    const { batchId } = call;
    services.journal?.add({
      kind: 'fault',
      at: services.clocks.now(client),
      fault: fault.name,
      client,
      operation,
      content,
      batchId,
    });
    return true;
  };
  try {
    const instead = answeredInstead(services, call, drawn, fires);
    if (instead === undefined) {
      call.takeBatchFaults = (batchId) => {
        call.batchId = batchId;
        return batchFaults(drawn, fires);
      };
      call.body = cutBody(peeked?.body ?? call.body, drawn, fires);
      await next();
      // What went wrong by itself is answered already.
      if (c.error !== undefined) return;
    }
    if (drawn.length === 0) return;
    const faulty = await replied(services, c, client, drawn, fires, instead ?? (await replyOf(c)));
    // Or Hono would keep the headers of the one before.
    c.res = undefined;
    c.res = faulty;
  } finally {
    // Whoever refuses by the head alone takes no body in; what is left of it can only be drained once it is let go.
    await peeked?.leave();
  }
}

type Fires = (fault: ArmedFault) => boolean;

/** What a draw belongs to, whichever request came first. */
function contentOf({ batchContents }: Services, call: Call, operation: Operation): string {
  const batchId = call.url.searchParams.get('batchId') ?? '';
  if (operation === 'status') return batchContents.get(batchId) ?? batchId;
  return call.content() ?? createHash('sha256').update(`${call.url.pathname}${call.url.search}`).digest('hex');
}

function answeredInstead(
  services: Services,
  call: Call,
  drawn: readonly ArmedFault[],
  fires: Fires,
): Reply | undefined {
  for (const fault of drawn) {
    const answer = answerOf(services, call, fault.effect);
    if (answer !== undefined && fires(fault)) return rendered(call, answer);
  }
  return undefined;
}

type FaultAnswer = Extract<FaultEffect, { kind: 'answer' }>;

function answerOf(services: Services, { client }: Call, effect: FaultEffect): FaultAnswer | undefined {
  if (effect.kind === 'answer') return effect;
  if (effect.kind !== 'limit' || client === undefined) return undefined;
  // lim-calls-min, lim-single-rate: the rule says whether, this fault only says that it is asked.
  const refusal = services[effect.of].call(client, services.clocks.now(client), effect.usedByOthers);
  return refusal && { kind: 'answer', status: ourRejectionStatus.decide(refusal, 200), message: refusal.message };
}

function rendered({ operation }: Call, { status, message, retryAfterSeconds }: FaultAnswer): Reply {
  const text = ourMessageTexts.decide({ kind: 'rejection', rule: errRate503.id, message });
  const headers: Record<string, string> = {
    'content-type': ourContentType.decide(JSON_REPLIES.has(operation) ? '/rest' : '/m2'),
    ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
  };
  if (operation === 'fetch') return new Reply(status, headers, fetchErrorJson(status, text));
  if (JSON_REPLIES.has(operation)) return new Reply(status, headers, deliveryErrorJson(status, text));
  return new Reply(status, headers, operation === 'update' ? singleUpdateRejected(text) : submitRejected(text));
}

const JSON_REPLIES: ReadonlySet<Call['operation']> = new Set(['fetch', 'delivery', 'mbox']);

function batchFaults(drawn: readonly ArmedFault[], fires: Fires): BatchFaults | undefined {
  const fired = drawn.flatMap((fault) => (fault.effect.kind === 'batch' && fires(fault) ? [fault.effect.faults] : []));
  return fired.length === 0 ? undefined : Object.assign({}, ...fired);
}

async function* cutBody(
  body: AsyncIterable<Uint8Array>,
  drawn: readonly ArmedFault[],
  fires: Fires,
): AsyncGenerator<Uint8Array, void> {
  const fault = drawn.find(({ effect }) => effect.kind === 'cut-request');
  let bytesLeft = fault?.effect.kind === 'cut-request' ? fault.effect.afterBytes : Infinity;
  for await (const chunk of body) {
    if (chunk.byteLength > bytesLeft && fault !== undefined && fires(fault)) {
      if (bytesLeft > 0) yield chunk.subarray(0, bytesLeft);
      throw new ConnectionCut('The connection was cut on purpose, within the request.');
    }
    bytesLeft = chunk.byteLength > bytesLeft ? Infinity : bytesLeft - chunk.byteLength;
    yield chunk;
  }
}

async function replied(
  { waits, clocks }: Services,
  c: EmulatorContext,
  client: ClientCode,
  drawn: readonly ArmedFault[],
  fires: Fires,
  original: Reply,
): Promise<Response> {
  const { faults } = c.get('call');
  const sleep = (ms: number) => waits.sleep(ms, clocks.of(client), exchangeOf(c)?.signal ?? c.req.raw.signal);
  let reply = original;
  let chunks: AsyncIterable<Uint8Array> | undefined;
  for (const fault of drawn) {
    const { effect } = fault;
    switch (effect.kind) {
      case 'drop-reply':
        // Only what was committed can be lost this way: a refusal is told.
        if (!isCommitted(original) || !fires(fault)) break;
        throw new ConnectionCut('The connection was cut on purpose, after the commit and before the reply.');
      case 'edit-reply':
        if (fires(fault)) reply = withLength(reply.status, reply.headers, effect.edit(reply.text));
        break;
      case 'delay-reply':
        if (fires(fault)) await sleep(effect.ms);
        break;
      case 'cut-reply':
        if (Buffer.byteLength(reply.text) > effect.afterBytes && fires(fault)) {
          return cutReply(c, caused(reply, faults), effect.afterBytes);
        }
        break;
      case 'drip-reply':
        if (fires(fault)) {
          chunks = dripping(Buffer.from(reply.text), effect.chunkBytes, () => sleep(effect.everyMs));
        }
        break;
      case 'answer':
      case 'limit':
      case 'cut-request':
      case 'batch':
        break;
    }
  }
  if (faults.length > 0) reply = caused(reply, faults);
  return chunks === undefined ? respond(c, reply) : streamed(reply, chunks);
}

const isCommitted = ({ status, headers }: Reply) =>
  status >= 200 && status < 300 && headers['x-emulator-cause'] === undefined;

const withLength = (status: number, headers: Reply['headers'], text: string): Reply =>
  new Reply(status, { ...headers, 'content-length': String(Buffer.byteLength(text)) }, text);

/** A rule that refused keeps its place before the faults that fired as well. */
function caused({ status, headers, text }: Reply, faults: Call['faults']): Reply {
  const rule = headers['x-emulator-cause'];
  const causes = [...(rule === undefined ? [] : [rule]), ...faults.map(faultCause)];
  return withLength(status, { ...headers, 'x-emulator-cause': causes.join(', ') }, text);
}

const streamed = ({ status, headers }: Reply, chunks: AsyncIterable<Uint8Array>) =>
  new Response(ReadableStream.from<Uint8Array>(chunks), { status, headers });

/** Through a socket the head and the bytes are sent and nothing more; without one the body breaks there. */
async function cutReply(c: EmulatorContext, reply: Reply, afterBytes: number): Promise<Response> {
  const cut = new ConnectionCut('The connection was cut on purpose, within the reply.');
  const sent = Buffer.from(reply.text).subarray(0, afterBytes);
  const socket = socketOf(c);
  if (socket === undefined) return streamed(reply, breaking(sent, cut));
  c.get('call').sentStatus = reply.status;
  await sendPart(socket, reply, sent);
  throw cut;
}

async function* breaking(sent: Uint8Array, cut: ConnectionCut): AsyncGenerator<Uint8Array, void> {
  if (sent.byteLength > 0) yield sent;
  throw cut;
}

/** A sleeper that is woken early, because the emulator closes or the reader is gone, sends the rest without waiting. */
async function* dripping(
  bytes: Uint8Array,
  chunkBytes: number,
  sleep: () => Promise<void>,
): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < bytes.byteLength; at += chunkBytes) {
    await sleep();
    yield bytes.slice(at, at + chunkBytes);
  }
}
