/** The part of the Admin API that issues tokens of the profile API: `https://mc.adobe.io/{tenant}/target/authentication/token`. */
import { authScopeParam, ourClientCode, ourMessageTexts, ourUnknownClient } from '../../protocol/rules/index.ts';
import type { Rejection } from '../../protocol/vocabulary/index.ts';
import { adminErrorJson, TOKEN_MEDIA_TYPE, tokenJson } from '../../protocol/wire/index.ts';
import type { EmulatorContext } from './emulator-env.ts';
import { issueToken, newUuid, secondsLeft } from './new-ids.ts';
import { PROTECTIVE_HEADERS, Reply, ruleCause } from './reply.ts';
import { accountOf } from './resolve-client.ts';
import type { Services } from './services.ts';

export const TOKEN_PATH = /\/([^/]+)\/target\/authentication\/token$/;

/** Undefined where something else was asked for. */
export async function tokenApi(services: Services, c: EmulatorContext): Promise<Reply | undefined> {
  const call = c.get('call');
  const tenant = TOKEN_PATH.exec(call.url.pathname)?.[1];
  const { method } = c.req;
  if (tenant === undefined || (method !== 'GET' && method !== 'POST')) return undefined;
  call.operation = 'token';
  const { reader, clocks, options } = services;
  const refuse = (status: 400 | 401 | 404 | 406, { rule, message }: Omit<Rejection, 'kind'>): Reply => {
    call.refusal = message;
    const text = ourMessageTexts.decide({ kind: 'rejection', rule, message });
    const asked = { httpStatus: status, requestId: newUuid(services.ids), requestTime: clocks.now(tenant) };
    return answer(status, adminErrorJson(asked, `emulator.${rule}`, text), rule);
  };

  if (!/^bearer +\S/i.test(c.req.header('authorization') ?? ''))
    return refuse(401, { rule: 'tok-admin-auth', message: 'Send `Authorization: Bearer TOKEN`; any will do here.' });
  if (!isAccepted(c.req.header('accept')))
    return refuse(406, { rule: 'auth-token-api', message: `The answer is ${TOKEN_MEDIA_TYPE}: accept that.` });
  const client = ourClientCode.decide(tenant);
  if (typeof client !== 'string') return refuse(400, client);
  call.client = client;
  const scope = authScopeParam.decide(call.url.searchParams);
  if (typeof scope !== 'string') return refuse(400, scope);
  const { isKnown, settings } = accountOf(services, client);
  const unknown = ourUnknownClient.decide(isKnown, settings.unknownClients);
  if (unknown !== undefined) return refuse(404, unknown);

  const now = clocks.now(client);
  const issues = method === 'POST';
  const token = issues ? await issueToken(services, client, scope, options.settings) : reader.token(client, scope);
  if (token === undefined || token.expiresAt <= now)
    return refuse(404, { rule: 'tok-get-none', message: 'There is no token, or none any more: POST makes one.' });
  return answer(issues ? 201 : 200, tokenJson(token.value, scope, secondsLeft(token.expiresAt, now)));
}

const isAccepted = (accept = '*/*') => /\*\/\*|application\/(?:\*|json|vnd\.adobe\.target\.v1\+json)/i.test(accept);

function answer(status: number, json: string, rule?: Rejection['rule']): Reply {
  const headers = {
    'content-type': TOKEN_MEDIA_TYPE,
    'cache-control': 'no-store',
    ...PROTECTIVE_HEADERS,
    ...(rule !== undefined && ruleCause(rule)),
  };
  return new Reply(status, headers, json);
}
