/** Tokens: whether a call needs one, how it is sent, how one is issued, and how long it lives. */
import type { Rejection } from '../vocabulary/index.ts';
import { BULK, type DecidingRule, documented, inferred, releaseNote, type Rule } from './rule.ts';

const PROFILE_CALLS = [...BULK, 'status', 'single-update', 'fetch'] as const;

export const TOKEN_SCOPES = ['profile_api', 'debug_tools'] as const;
export type TokenScope = (typeof TOKEN_SCOPES)[number];

/** Header values; null where one is not there. Undefined where no token is shown. */
export const authHeaderBearer: DecidingRule<
  (headers: {
    readonly authorization: string | null;
    readonly accessToken: string | null;
  }) => { readonly token: string; readonly isOlderForm: boolean } | undefined
> = {
  id: 'auth-header-bearer',
  statement: 'The token is sent as `Authorization: Bearer {token}`.',
  ...documented('SET; SLATE17; WDT; SEG; HOOK', ...PROFILE_CALLS),
  contradiction: 'SLATE (2018-08): a header `access_token`.',
  note: 'Both are taken, the second with a note.',
  decide({ authorization, accessToken }) {
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
  decide(query) {
    const given = query.get('authorizationScope') ?? query.get('scope');
    const scope = TOKEN_SCOPES.find((each) => each === given);
    if (scope !== undefined) return scope;
    const message = `The query has to say authorizationScope=${TOKEN_SCOPES.join(' or ')}.`;
    return { kind: 'rejection', rule: given === null ? 'tok-scope-required' : 'auth-scope-param', message };
  },
};

export const AUTHENTICATION_RULES: readonly Rule[] = [
  {
    id: 'auth-optional',
    statement: 'A token is needed only where the account requires authentication; it is off by default.',
    ...documented('SET; FETCH', ...PROFILE_CALLS),
    contradiction: 'SET speaks of the bulk API, FETCH of every profile API; TT-F: fetches need none.',
    setting: 'authentication',
    note: 'Decided by err-auth-403, for all of these calls alike.',
  },
  authHeaderBearer,
  {
    id: 'auth-roles',
    statement: 'A token is created by an approver or administrator of the account, its workspace or the product.',
    ...documented('SET; release note 17.9.1 (2017-09-25)', 'token'),
    emulated: false,
  },
  {
    id: 'auth-regenerate',
    statement: 'Generating a new token invalidates the current one at once.',
    ...documented('SET', 'token'),
    note: 'So there is one at a time for each scope of a client code.',
  },
  authExpiry,
  {
    id: 'auth-token-form',
    statement: 'A token is a UUID of type `bearer`.',
    ...documented('SLATE', 'token'),
  },
  {
    id: 'auth-token-api',
    statement:
      'GET gives the existing token with 200, POST a new one with 201: `accessToken`, `tokenType`, `scope`, `expiresIn`, as `application/vnd.adobe.target.v1+json`.',
    ...documented('ADM; SLATE', 'token'),
    contradiction: 'SLATE17: `access_token`, `expires_in` and `token_type`, of another host with a password.',
  },
  authScopeParam,
  {
    id: 'auth-token-bug',
    statement: 'Until 23.5.2 (2023-05-31) generating a token could show a blank page.',
    ...releaseNote('RN20, the release notes of target.en', 'token'),
    emulated: false,
  },
  {
    id: 'tok-error-shape',
    statement:
      'The token API refuses with `httpStatus`, `requestId`, `requestTime` and `errors` of `errorCode`, `message`, `meta`: 400, 401, 404, 406, 407.',
    ...documented('ADM', 'token'),
    contradiction: 'Delivery and fetch: `{status, message}`.',
    note: 'The codes in it are ours. 407 is never answered.',
  },
  {
    id: 'tok-scope-required',
    statement: 'The scope has to be said.',
    ...documented('ADM', 'token'),
    note: 'Decided by auth-scope-param: 400 without one.',
  },
  {
    id: 'tok-get-none',
    statement: 'A GET while there is no token is answered with 404.',
    ...inferred('ADM', 'token'),
    note: 'An expired one is none.',
  },
  {
    id: 'tok-expires-type',
    statement: '`expiresIn` is a 64-bit integer.',
    ...documented('ADM', 'token'),
    note: 'Seconds that are left (auth-expiry).',
  },
  {
    id: 'tok-admin-auth',
    statement: 'The token API itself wants a bearer token of IMS, which is valid for 24 hours.',
    ...documented('ADM; target-dev.en configure-authentication.md', 'token'),
    emulated: false,
    note: 'Any bearer token is taken, and 401 answered without one: nobody is asked about it.',
  },
  {
    id: 'tok-literal',
    statement: 'The documents print the header as `"Authorization" : "Bearer."`, with a stray full stop.',
    ...documented('SET', ...PROFILE_CALLS),
    contradiction: 'Clients send `Bearer {token}`.',
    note: 'Taken for a misprint: with the full stop it is no token.',
  },
  {
    id: 'tok-none-delivery',
    statement: 'The Delivery API knows no authentication.',
    ...documented('known-limitations.md', 'delivery'),
  },
  {
    id: 'tok-settings-scope',
    statement: 'The switch is one for the whole account.',
    ...documented('SET', ...PROFILE_CALLS),
    contradiction: "SET's title speaks of batch updates, its text of updates individually or in bulk.",
  },
  {
    id: 'our-token-tenant',
    statement: 'The tenant in the path of the token API is the client code.',
    source: 'no document',
    confidence: 'ours',
    fixed: 'No document says how the two are related, and the emulator has no tenants.',
    versions: ['token'],
  },
];
