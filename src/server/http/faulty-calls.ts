/** Does what the faults that a call has drawn say: before it is served, on the way, and to its reply. */
import { createHash } from 'node:crypto';
import { errRate503, ourRejectionStatus } from '../../protocol/rules/index.ts';
import type { ClientCode } from '../../protocol/vocabulary/index.ts';
import type { ArmedFault } from '../faults/fault-book.ts';
import type { FaultEffect, Operation } from '../faults/fault.ts';
import type { BatchFaults } from '../store/store.ts';
import { type Call, CONTENT_BYTES_MAX } from './call.ts';
import { sendPart, socketOf } from './cut-connection.ts';
import { ConnectionCut, type EmulatorContext, exchangeOf } from './emulator-env.ts';
import type { Answer } from './operation.ts';
import { refusal } from './refused.ts';
import { peekedBody } from './request-body.ts';
import { Reply, faultCause } from './reply.ts';
import type { Services } from './services.ts';

/** `serve` answers the call, with whatever became of its body and of its batch. */
export async function faultyCall(
  services: Services,
  c: EmulatorContext,
  client: ClientCode,
  operation: Operation,
  serve: () => Promise<Answer>,
): Promise<Answer> {
  const { clocks, journal, waits } = services;
  const call = c.get('call');
  const takesBody = c.req.method === 'POST' || operation === 'submit';
  const peeked = takesBody ? await peekedBody(call.body, CONTENT_BYTES_MAX) : undefined;
  const content = contentOf(services, call, operation);
  const fired = ({ name, fire }: ArmedFault) => {
    if (!fire()) return false;
    call.faults = [...call.faults, name];
    const at = clocks.now(client);
    journal?.add({ kind: 'fault', at, fault: name, client, operation, content, batchId: call.batchId });
    return true;
  };
  const draws = services.faults.draw({ client, operation, content });
  const drawn = draws.map((fault) => ({ ...fault, fire: () => fired(fault) }));
  /** lim-calls-min, lim-single-rate: the rule says whether, the fault only says that it is asked. */
  const limited = (of: 'accountCalls' | 'accountUpdates', effect: FaultEffect, isAsking = false) => {
    if (effect.kind !== 'limit' || effect.of !== of) return undefined;
    const rejection = services[of][isAsking ? 'ask' : 'call'](client, clocks.now(client), effect.usedByOthers);
    return rejection && refusal(operation, ourRejectionStatus.decide(rejection, 200), rejection);
  };
  call.takeUpdate = (isAsking) => answeredBy(drawn, (effect) => limited('accountUpdates', effect, isAsking));
  call.takeBatchFaults = () => batchFaults(drawn);
  try {
    let answer: Answer | undefined = answeredBy(
      drawn,
      (effect) => answered(operation, effect) ?? limited('accountCalls', effect),
    );
    if (answer === undefined) {
      call.body = cutBody(peeked?.body ?? call.body, drawn);
      answer = await serve();
    }
    const sleep = (ms: number) => waits.sleep(ms, clocks.of(client), exchangeOf(c)?.signal ?? c.req.raw.signal);
    return drawn.length === 0 ? answer : await replied(c, drawn, answer, sleep);
  } finally {
    // Whoever refuses by the head alone takes no body in; what is left of it can only be drained once it is let go.
    await peeked?.leave();
  }
}

/** What a draw belongs to, whichever request came first. */
function contentOf({ batchContents }: Services, call: Call, operation: Operation): string {
  const batchId = call.url.searchParams.get('batchId') ?? '';
  if (operation === 'status') return batchContents.get(batchId) ?? batchId;
  return call.content() ?? createHash('sha256').update(`${call.url.pathname}${call.url.search}`).digest('hex');
}

type Drawn = readonly ArmedFault[];

/** By the first that has an answer and fires. */
function answeredBy(drawn: Drawn, answerOf: (effect: FaultEffect) => Reply | undefined): Reply | undefined {
  for (const { effect, fire } of drawn) {
    const answer = answerOf(effect);
    if (answer !== undefined && fire()) return answer;
  }
  return undefined;
}

function answered(operation: Operation, effect: FaultEffect): Reply | undefined {
  if (effect.kind !== 'answer') return undefined;
  const { status, message, retryAfterSeconds: seconds } = effect;
  const headers = seconds === undefined ? {} : { 'retry-after': String(seconds) };
  return refusal(operation, status, { rule: errRate503.id, message }, headers);
}

function batchFaults(drawn: Drawn): BatchFaults | undefined {
  const fired = drawn.flatMap(({ effect, fire }) => (effect.kind === 'batch' && fire() ? [effect.faults] : []));
  return fired.length === 0 ? undefined : Object.assign({}, ...fired);
}

async function* cutBody(body: AsyncIterable<Uint8Array>, drawn: Drawn): AsyncGenerator<Uint8Array, void> {
  const fault = drawn.find(({ effect }) => effect.kind === 'cut-request');
  let bytesLeft = fault?.effect.kind === 'cut-request' ? fault.effect.afterBytes : Infinity;
  for await (const chunk of body) {
    if (chunk.byteLength > bytesLeft && fault?.fire() === true) {
      if (bytesLeft > 0) yield chunk.subarray(0, bytesLeft);
      throw new ConnectionCut('The connection was cut on purpose, within the request.');
    }
    bytesLeft = chunk.byteLength > bytesLeft ? Infinity : bytesLeft - chunk.byteLength;
    yield chunk;
  }
}

async function replied(
  c: EmulatorContext,
  drawn: Drawn,
  answer: Answer,
  sleep: (ms: number) => Promise<void>,
): Promise<Answer> {
  const call = c.get('call');
  const original = answer instanceof Reply ? answer : await replyOf(answer);
  let { text } = original;
  const faulty = () => (call.faults.length === 0 ? original : caused(original, text, call.faults));
  let drip: (() => AsyncIterable<Uint8Array>) | undefined;
  for (const { effect, fire } of drawn) {
    // Only what was committed can be lost this way: a refusal is told.
    if (effect.kind === 'drop-reply' && isCommitted(original) && fire())
      throw new ConnectionCut('The connection was cut on purpose, after the commit and before the reply.');
    if (effect.kind === 'edit-reply' && fire()) text = effect.edit(text);
    if (effect.kind === 'delay-reply' && fire()) await sleep(effect.ms);
    if (effect.kind === 'cut-reply' && Buffer.byteLength(text) > effect.afterBytes && fire())
      return cutReply(c, faulty(), effect.afterBytes);
    if (effect.kind === 'drip-reply' && fire())
      drip = () => dripping(Buffer.from(text), effect.chunkBytes, () => sleep(effect.everyMs));
  }
  return drip === undefined ? faulty() : streamed(faulty(), drip());
}

/** As data again. */
const replyOf = async (response: Response) =>
  new Reply(response.status, Object.fromEntries(response.headers), await response.text());

const isCommitted = ({ status, headers }: Reply) =>
  status >= 200 && status < 300 && headers['x-emulator-cause'] === undefined;

/** A rule that refused keeps its place before the faults that fired as well. */
function caused({ status, headers }: Reply, text: string, faults: Call['faults']): Reply {
  const rule = headers['x-emulator-cause'];
  const causes = [...(rule === undefined ? [] : [rule]), ...faults.map(faultCause)].join(', ');
  return new Reply(status, { ...headers, 'x-emulator-cause': causes }, text);
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
async function* dripping(bytes: Uint8Array, chunkBytes: number, sleep: () => Promise<void>) {
  for (let at = 0; at < bytes.byteLength; at += chunkBytes) {
    await sleep();
    yield bytes.slice(at, at + chunkBytes);
  }
}
