/** Tokens: whether a call needs one, how it is sent, how one is issued, and how long it lives. */
import type { Rejection } from '../vocabulary/index.ts';
import { BULK, type DecidingRule, documented, refuse } from './rule.ts';

const PROFILE_CALLS = [...BULK, 'status', 'single-update', 'fetch'] as const;

export const TOKEN_SCOPES = ['profile_api', 'debug_tools'] as const;
export type TokenScope = (typeof TOKEN_SCOPES)[number];

/** Header values; null where one is not there. Undefined where no token is shown. */
export const authHeaderBearer: DecidingRule<
  (
    authorization: string | null,
    accessToken: string | null,
  ) => { readonly token: string; readonly isOlderForm: boolean } | undefined
> = {
  id: 'auth-header-bearer',
  statement: 'The token is sent as `Authorization: Bearer {token}`.',
  ...documented('SET; SLATE17; WDT; SEG; HOOK', ...PROFILE_CALLS),
  contradiction: 'SLATE (2018-08): a header `access_token`.',
  note: 'Ours: both are taken, the second with a note.',
  decide(authorization, accessToken) {
    if (authorization !== null) return { token: BEARER.exec(authorization)?.[1] ?? '', isOlderForm: false };
    return accessToken === null ? undefined : { token: accessToken.trim(), isOlderForm: true };
  },
};

const BEARER = /^bearer +(\S+) *$/i;

export const authExpiry: DecidingRule<(scope: TokenScope) => number> = {
  id: 'auth-expiry',
  statement: 'A token of the profile API lives 7,775,999 seconds (90 days less one), one for debugging 21,599.',
  ...documented('SET; SLATE', 'token'),
  contradiction: "SLATE17's sample gives 21,599 seconds to a token of the profile API.",
  decide: (scope) => (scope === 'profile_api' ? 7_775_999 : 21_599),
};

export const authScopeParam: DecidingRule<(query: URLSearchParams) => TokenScope | Rejection> = {
  id: 'auth-scope-param',
  statement: 'The scope is `profile_api` or `debug_tools`, in the query as `authorizationScope` or `scope`.',
  ...documented('ADM; SLATE', 'token'),
  note: 'Ours: of both names the first counts, and any other scope is refused.',
  decide(query) {
    const given = query.get('authorizationScope') ?? query.get('scope');
    const scope = TOKEN_SCOPES.find((each) => each === given);
    if (scope !== undefined) return scope;
    const message = `The query has to say authorizationScope=${TOKEN_SCOPES.join(' or ')}.`;
    return refuse(given === null ? 'tok-scope-required' : 'auth-scope-param', message);
  },
};
