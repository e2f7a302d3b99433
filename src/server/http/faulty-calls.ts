/** Does what the faults that a call has drawn say: before it is served, on the way, and to its reply. */
import { createHash } from 'node:crypto';
import { errRate503, ourContentType, ourMessageTexts, ourRejectionStatus } from '../../protocol/rules/index.ts';
import { fetchErrorJson, singleUpdateRejected, submitRejected } from '../../protocol/wire/index.ts';
import type { ArmedFault } from '../faults/fault-book.ts';
import type { FaultEffect, Operation } from '../faults/fault.ts';
import type { BatchFaults } from '../store/store.ts';
import { type Call, CONTENT_BYTES_MAX } from './call.ts';
import { faultCause } from './cause.ts';
import { peekedBody } from './peeked-body.ts';
import { Reply } from './reply.ts';
import { type AskedRequest, ConnectionCut, type HandlerEnv } from './request-env.ts';
import type { Services } from './services.ts';

type Answer = (request: AskedRequest, env: HandlerEnv) => Promise<Reply>;

export function faultyCalls(services: Services, answer: Answer): Answer {
  return async (request, env) => {
    const { call } = env;
    const { client, operation } = call;
    if (client === undefined || operation === undefined || !services.faults.concerns(client, operation)) {
      return answer(request, env);
    }
    const takesBody = operation === 'submit' || (operation === 'update' && request.method === 'POST');
    const peeked = takesBody ? await peekedBody(env.body, CONTENT_BYTES_MAX) : undefined;
    const content = contentOf(services, call, operation);
    const drawn = services.faults.draw({ client, operation, content });
    const fires = (fault: ArmedFault) => {
      if (!fault.fire()) return false;
      call.faults.push(fault.name);
      const { batchId } = call;
      services.journal?.add({
        kind: 'fault',
        at: services.clock.now(),
        fault: fault.name,
        client,
        operation,
        content,
        batchId,
      });
      return true;
    };

    const instead = answeredInstead(services, call, drawn, fires);
    const served = async () => {
      call.takeBatchFaults = (batchId) => {
        call.batchId = batchId;
        return batchFaults(drawn, fires);
      };
      return answer(request, { ...env, body: cutBody(peeked?.body ?? env.body, drawn, fires) });
    };
    try {
      const reply = instead ?? (await served());
      return await replied(services, request, env, drawn, fires, reply);
    } finally {
      // Whoever refuses by the head alone takes no body in; what is left of it can only be drained once it is let go.
      await peeked?.leave();
    }
  };
}

type Fires = (fault: ArmedFault) => boolean;

/** What a draw belongs to, whichever request came first. */
function contentOf({ batchContents }: Services, call: Call, operation: Operation): string {
  const batchId = call.url.searchParams.get('batchId') ?? '';
  if (operation === 'status') return batchContents.of(batchId) ?? batchId;
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

function answerOf({ accountCalls, clock }: Services, { client }: Call, effect: FaultEffect): FaultAnswer | undefined {
  if (effect.kind === 'answer') return effect;
  if (effect.kind !== 'limit' || client === undefined) return undefined;
  // lim-calls-min: the rule says whether, this fault only says that it is asked.
  const refusal = accountCalls.call(client, clock.now(), effect.usedByOthers);
  return refusal && { kind: 'answer', status: ourRejectionStatus.decide(refusal, 200), message: refusal.message };
}

function rendered({ operation }: Call, { status, message, retryAfterSeconds }: FaultAnswer): Reply {
  const text = ourMessageTexts.decide({ kind: 'rejection', rule: errRate503.id, message });
  const headers: Record<string, string> = {
    'content-type': ourContentType.decide(operation === 'fetch' ? '/rest' : '/m2'),
    ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
  };
  if (operation === 'fetch') return new Reply(status, headers, fetchErrorJson(status, text));
  return new Reply(status, headers, operation === 'update' ? singleUpdateRejected(text) : submitRejected(text));
}

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
  { waits }: Services,
  request: AskedRequest,
  env: HandlerEnv,
  drawn: readonly ArmedFault[],
  fires: Fires,
  original: Reply,
): Promise<Reply> {
  let reply = original;
  for (const fault of drawn) {
    const { effect } = fault;
    switch (effect.kind) {
      case 'drop-reply':
        // Only what was committed can be lost this way: a refusal is told.
        if (!isCommitted(original) || !fires(fault)) break;
        throw new ConnectionCut('The connection was cut on purpose, after the commit and before the reply.');
      case 'edit-reply':
        if (fires(fault)) reply = withLength(reply.with({ text: effect.edit(reply.text) }));
        break;
      case 'delay-reply':
        if (fires(fault)) await waits.sleep(effect.ms, request.signal);
        break;
      case 'cut-reply':
        if (Buffer.byteLength(reply.text) > effect.afterBytes && fires(fault)) {
          return cutReply(env, withLength(caused(reply, env.call)), effect.afterBytes);
        }
        break;
      case 'drip-reply':
        if (fires(fault)) {
          const sleep = () => waits.sleep(effect.everyMs, request.signal);
          reply = withLength(reply).with({ chunks: dripping(Buffer.from(reply.text), effect.chunkBytes, sleep) });
        }
        break;
      case 'answer':
      case 'limit':
      case 'cut-request':
      case 'batch':
        break;
    }
  }
  return env.call.faults.length === 0 ? reply : caused(reply, env.call);
}

const isCommitted = ({ status, headers }: Reply) =>
  status >= 200 && status < 300 && headers['x-emulator-cause'] === undefined;

const withLength = (reply: Reply): Reply =>
  reply.with({ headers: { ...reply.headers, 'content-length': String(Buffer.byteLength(reply.text)) } });

/** A rule that refused keeps its place before the faults that fired as well. */
function caused(reply: Reply, { faults }: Call): Reply {
  const rule = reply.headers['x-emulator-cause'];
  const causes = [...(rule === undefined ? [] : [rule]), ...faults.map(faultCause)];
  return reply.with({ headers: { ...reply.headers, 'x-emulator-cause': causes.join(', ') } });
}

/** Through a socket the head and the bytes are sent and nothing more; without one the body breaks there. */
async function cutReply(env: HandlerEnv, reply: Reply, afterBytes: number): Promise<Reply> {
  const cut = new ConnectionCut('The connection was cut on purpose, within the reply.');
  const sent = Buffer.from(reply.text).subarray(0, afterBytes);
  if (env.sendPart !== undefined) {
    env.call.sentStatus = reply.status;
    await env.sendPart(reply, sent);
    throw cut;
  }
  return reply.with({ chunks: breaking(sent, cut) });
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
