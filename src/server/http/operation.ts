/** What every operation of the emulated API goes through: whom it speaks for, what goes wrong on purpose, how it says no. */
import type { Handler, Input } from 'hono';
import {
  authHeaderBearer,
  epPostOnly,
  errAuth403,
  ourUnknownClient,
  type ShownToken,
} from '../../protocol/rules/index.ts';
import type { Rejection } from '../../protocol/vocabulary/index.ts';
import type { Operation } from '../faults/fault.ts';
import type { EmulatorContext, EmulatorEnv } from './emulator-env.ts';
import { faultyCall } from './faulty-calls.ts';
import { type Refusal, refused } from './refused.ts';
import { Reply, respond } from './reply.ts';
import { accountAsked, type RefusedClient, type ResolvedClient } from './resolve-client.ts';
import type { Services } from './services.ts';

/** A response is a long one, sent as it is made. */
export type Answer = Reply | Response;

/** What is said to a call that was let in. */
export type Answers = (services: Services, c: EmulatorContext, account: ResolvedClient) => Promise<Answer | Refusal>;

/**
 * `clientFromEnd`: which segment of the path, from its end, is the client code; a path that this app is mounted below may
 * have a parameter of the same name. `Asked` is what a typed client has to give.
 */
export function operation<Asked extends Input>(
  services: Services,
  name: Operation,
  answers: Answers,
  clientFromEnd = 0,
): Handler<EmulatorEnv, string, Asked, Promise<Response>> {
  const { clocks, faults } = services;
  const accountOf = accountAsked(services, name, clientFromEnd);
  const answerOf = (c: EmulatorContext, account: ResolvedClient | RefusedClient) => {
    const wrongMethod = name === 'submit' ? epPostOnly.decide(c.req.method) : undefined;
    if (wrongMethod !== undefined) return wrongMethod;
    if (account.kind === 'refused') return account.rejection;
    return refusedAccess(services, c, name, account) ?? answers(services, c, account);
  };
  return async (c) => {
    const call = c.get('call');
    call.operation = name;
    const account = accountOf(call.url);
    const client = account.kind === 'client' ? account.client : undefined;
    call.client = client;
    call.aheadMs = clocks.aheadMs(client);
    const said = (answer: Answer | Refusal) =>
      answer instanceof Reply || !('kind' in answer) ? answer : refused(c, name, answer, account.settings);
    const answer =
      client !== undefined && faults.concerns(client, name)
        ? await faultyCall(services, c, client, name, async () => said(await answerOf(c, account)))
        : said(await answerOf(c, account));
    return answer instanceof Reply ? respond(c, answer) : answer;
  };
}

/** Calls that bring a client code into being, and calls of pages, which have no tokens. */
const CREATING: ReadonlySet<Operation> = new Set(['submit', 'delivery', 'mbox']);
const OPEN: ReadonlySet<Operation> = new Set(['delivery', 'mbox']);

/** For a client code that nobody knows, or without the token its account asks for (err-auth-403). */
function refusedAccess(
  { reader, clocks }: Services,
  c: EmulatorContext,
  name: Operation,
  { client, settings: { unknownClients, authentication }, isKnown }: ResolvedClient,
): Rejection | undefined {
  const unknown = CREATING.has(name) ? ourUnknownClient.decide(isKnown, unknownClients) : undefined;
  if (unknown !== undefined || authentication === 'off' || OPEN.has(name)) return unknown;
  const shown = shownToken(c)?.token;
  const issued = shown === undefined ? undefined : reader.token(client, 'profile_api');
  const judged = (): ShownToken => {
    if (shown === undefined) return 'none';
    if (shown === '') return 'no-bearer';
    if (issued?.value !== shown) return 'wrong';
    return clocks.now(client) < issued.expiresAt ? 'valid' : 'expired';
  };
  return errAuth403.decide(judged(), authentication);
}

export function shownToken({ req: { raw } }: EmulatorContext) {
  return authHeaderBearer.decide(raw.headers.get('authorization'), raw.headers.get('access_token'));
}
